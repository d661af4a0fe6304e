-- A shop, as SQLite has it. The files of `entities` are generated from it.

CREATE TABLE brands (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(255) NOT NULL
);

CREATE TABLE categories (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(255) NOT NULL,
    parent_id integer,
    FOREIGN KEY (parent_id) REFERENCES categories (id)
);

CREATE TABLE suppliers (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(255) NOT NULL,
    email varchar(255)
);

CREATE TABLE warehouses (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(255) NOT NULL,
    city varchar(255) NOT NULL
);

CREATE TABLE employees (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    username varchar(255) NOT NULL UNIQUE,
    role varchar(255) NOT NULL,
    is_active boolean NOT NULL
);

CREATE TABLE customers (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    email varchar(255) NOT NULL UNIQUE,
    display_name varchar(255) NOT NULL,
    notes text
);

CREATE TABLE addresses (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    customer_id integer NOT NULL,
    street varchar(255) NOT NULL,
    city varchar(255) NOT NULL,
    country varchar(255) NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE products (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    brand_id integer NOT NULL,
    sku varchar(255) NOT NULL UNIQUE,
    title varchar(255) NOT NULL,
    price_cents integer NOT NULL,
    is_listed boolean NOT NULL,
    FOREIGN KEY (brand_id) REFERENCES brands (id)
);

CREATE TABLE product_images (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    product_id integer NOT NULL,
    url varchar(255) NOT NULL,
    position integer NOT NULL,
    FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE product_categories (
    product_id integer NOT NULL,
    category_id integer NOT NULL,
    PRIMARY KEY (product_id, category_id),
    FOREIGN KEY (product_id) REFERENCES products (id),
    FOREIGN KEY (category_id) REFERENCES categories (id)
);

CREATE TABLE stock_levels (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    warehouse_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    FOREIGN KEY (warehouse_id) REFERENCES warehouses (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE purchases (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    supplier_id integer NOT NULL,
    state varchar(255) NOT NULL,
    FOREIGN KEY (supplier_id) REFERENCES suppliers (id)
);

CREATE TABLE purchase_lines (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    purchase_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    FOREIGN KEY (purchase_id) REFERENCES purchases (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE promotions (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(255) NOT NULL,
    percent integer NOT NULL,
    ends_on date_text
);

CREATE TABLE sales (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    customer_id integer NOT NULL,
    address_id integer,
    promotion_id integer,
    state varchar(255) NOT NULL,
    total_cents bigint NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id),
    FOREIGN KEY (address_id) REFERENCES addresses (id),
    FOREIGN KEY (promotion_id) REFERENCES promotions (id)
);

CREATE TABLE sale_lines (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    sale_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    price_cents integer NOT NULL,
    FOREIGN KEY (sale_id) REFERENCES sales (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE payments (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    sale_id integer NOT NULL,
    method varchar(255) NOT NULL,
    amount_cents bigint NOT NULL,
    state varchar(255) NOT NULL,
    FOREIGN KEY (sale_id) REFERENCES sales (id)
);

CREATE TABLE refunds (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    payment_id integer NOT NULL,
    amount_cents bigint NOT NULL,
    cause varchar(255) NOT NULL,
    FOREIGN KEY (payment_id) REFERENCES payments (id)
);

CREATE TABLE shipments (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    sale_id integer NOT NULL,
    warehouse_id integer NOT NULL,
    carrier varchar(255) NOT NULL,
    tracking varchar(255),
    FOREIGN KEY (sale_id) REFERENCES sales (id),
    FOREIGN KEY (warehouse_id) REFERENCES warehouses (id)
);

CREATE TABLE reviews (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    product_id integer NOT NULL,
    customer_id integer NOT NULL,
    stars integer NOT NULL,
    body text,
    FOREIGN KEY (product_id) REFERENCES products (id),
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);
