//! The shop's work: plain `save()` on any connection.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait,
    IntoActiveModel, ModelTrait, QueryFilter,
};

use super::entities::{prelude::*, *};

/// Inserts a product, its stock and the shop's other data.
pub async fn open(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let title = || Set("A".to_owned());
    let brand = brands::ActiveModel {
        title: title(),
        ..Default::default()
    };
    let brand = brand.save(db).await?;
    let category = categories::ActiveModel {
        title: title(),
        ..Default::default()
    };
    let category = category.save(db).await?;
    let supplier = suppliers::ActiveModel {
        title: title(),
        ..Default::default()
    };
    let supplier = supplier.save(db).await?;
    let warehouse = warehouses::ActiveModel {
        title: title(),
        city: Set("Bern".to_owned()),
        ..Default::default()
    };
    let warehouse = warehouse.save(db).await?;
    let employee = employees::ActiveModel {
        username: Set("jane.doe".to_owned()),
        role: Set("clerk".to_owned()),
        is_active: Set(true),
        ..Default::default()
    };
    employee.save(db).await?;
    let product = products::ActiveModel {
        brand_id: brand.id,
        sku: Set("A-1".to_owned()),
        title: title(),
        price_cents: Set(990),
        is_listed: Set(true),
        ..Default::default()
    };
    let product = product.save(db).await?;
    let image = product_images::ActiveModel {
        product_id: product.id.clone(),
        url: Set("/a.png".to_owned()),
        position: Set(1),
        ..Default::default()
    };
    image.save(db).await?;
    let of_category = product_categories::ActiveModel {
        product_id: Set(product.id.clone().unwrap()),
        category_id: Set(category.id.unwrap()),
    };
    of_category.insert(db).await?;
    let purchase = purchases::ActiveModel {
        supplier_id: supplier.id,
        state: Set("ordered".to_owned()),
        ..Default::default()
    };
    let mut purchase = purchase.save(db).await?;
    let line = purchase_lines::ActiveModel {
        purchase_id: purchase.id.clone(),
        product_id: product.id.clone(),
        quantity: Set(10),
        ..Default::default()
    };
    line.save(db).await?;
    purchase.state = Set("received".to_owned());
    purchase.save(db).await?;
    let level = stock_levels::ActiveModel {
        warehouse_id: warehouse.id,
        product_id: product.id,
        quantity: Set(10),
        ..Default::default()
    };
    level.save(db).await?;
    let promotion = promotions::ActiveModel {
        title: title(),
        percent: Set(10),
        ..Default::default()
    };
    promotion.save(db).await?;
    Ok(())
}

/// Sells one piece of the first product, and returns the sale.
pub async fn sell(db: &impl ConnectionTrait, email: &str) -> Result<i64, DbErr> {
    let product = Products::find().one(db).await?.ok_or(missing("product"))?;
    let customer = customers::ActiveModel {
        email: Set(email.to_owned()),
        display_name: Set("John".to_owned()),
        ..Default::default()
    };
    let customer = customer.save(db).await?;
    let address = addresses::ActiveModel {
        customer_id: customer.id.clone(),
        street: Set("Street 1".to_owned()),
        city: Set("Bern".to_owned()),
        country: Set("CH".to_owned()),
        ..Default::default()
    };
    let address = address.save(db).await?;
    let sale = sales::ActiveModel {
        customer_id: customer.id,
        address_id: Set(Some(address.id.unwrap())),
        state: Set("new".to_owned()),
        total_cents: Set(product.price_cents),
        ..Default::default()
    };
    let sale = sale.save(db).await?;
    let line = sale_lines::ActiveModel {
        sale_id: sale.id.clone(),
        product_id: Set(product.id),
        quantity: Set(1),
        price_cents: Set(product.price_cents),
        ..Default::default()
    };
    line.save(db).await?;
    let payment = payments::ActiveModel {
        sale_id: sale.id.clone(),
        method: Set("card".to_owned()),
        amount_cents: Set(product.price_cents),
        state: Set("paid".to_owned()),
        ..Default::default()
    };
    payment.save(db).await?;
    let level = StockLevels::find().one(db).await?.ok_or(missing("stock"))?;
    let shipment = shipments::ActiveModel {
        sale_id: sale.id.clone(),
        warehouse_id: Set(level.warehouse_id),
        carrier: Set("Post".to_owned()),
        ..Default::default()
    };
    shipment.save(db).await?;
    let left = level.quantity - 1;
    let mut level = level.into_active_model();
    level.quantity = Set(left);
    level.save(db).await?;
    Ok(sale.id.unwrap())
}

/// Refunds a sale, and deletes the review of its customer.
pub async fn refund(db: &impl ConnectionTrait, sale: i64) -> Result<(), DbErr> {
    let of_sale = payments::Column::SaleId.eq(sale);
    let payment = Payments::find().filter(of_sale).one(db).await?;
    let payment = payment.ok_or(missing("payment"))?;
    let refund = refunds::ActiveModel {
        payment_id: Set(payment.id),
        amount_cents: Set(payment.amount_cents),
        cause: Set("broken".to_owned()),
        ..Default::default()
    };
    refund.save(db).await?;
    let mut payment = payment.into_active_model();
    payment.state = Set("refunded".to_owned());
    payment.save(db).await?;
    for review in Reviews::find().all(db).await? {
        review.delete(db).await?;
    }
    Ok(())
}

/// Inserts a customer's review of the first product.
pub async fn review(db: &impl ConnectionTrait, sale: i64, stars: i64) -> Result<(), DbErr> {
    let sale = Sales::find_by_id(sale)
        .one(db)
        .await?
        .ok_or(missing("sale"))?;
    let product = Products::find().one(db).await?.ok_or(missing("product"))?;
    let review = reviews::ActiveModel {
        product_id: Set(product.id),
        customer_id: Set(sale.customer_id),
        stars: Set(stars),
        ..Default::default()
    };
    review.save(db).await?;
    Ok(())
}

fn missing(what: &str) -> DbErr {
    DbErr::RecordNotFound(what.to_owned())
}
