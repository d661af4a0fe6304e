//! Tests of the pages, in a browser.

use fantoccini::{Locator, key::Key};

use crate::{browser, service::Service, visit::Visit};

/// A script with a visible effect.
const EVIL: &str = "<script>document.title = 'taken over'</script>";

/// The number of entries on a page.
const PAGE: usize = 5;

#[test]
fn an_admin_reads_the_trail() {
    let service = Service::start(None, &[]);
    browser::run(async |client| {
        let visit = Visit::new(client, &service);
        visit.sign_up(EVIL).await;
        visit.log_out().await;
        visit.fail_to_log_in("john.smith").await;
        visit.log_in("jane.doe").await;

        visit.make_support(EVIL).await;
        visit.the_change_is_told().await;
        visit.markup_stays_text().await;
        visit.an_entry_has_an_address().await;
        visit.filters_narrow().await;
        visit.a_wrong_filter_is_told().await;
        visit.failed_logins_are_in_the_log().await;
        visit.keys_lead_to_the_trail().await;
        visit.nothing_is_wider_than_a_phone().await;
        visit.pages_lead_through_everything().await;
    });
}

#[test]
fn long_texts_are_compared() {
    let service = Service::start(None, &[]);
    browser::run(async |client| {
        let visit = Visit::new(client, &service);
        visit.log_in("john.smith").await;
        let first: Vec<_> = (1..=30).map(|n| format!("Line {n} about me.")).collect();
        visit.describe_oneself(&first.join("\n")).await;
        visit
            .describe_oneself(&first.join("\n").replace("Line 15 ", "Line fifteen "))
            .await;

        visit.click("What happened to this account").await;
        visit.open("article .detail").await;
        let diff = visit.find("article:first-of-type .diff").await;
        let came = diff.find(Locator::Css("ins")).await.unwrap();
        assert_eq!(came.text().await.unwrap(), "+ Line fifteen about me.");
        let marked = came.find(Locator::Css("b")).await.unwrap();
        assert_eq!(marked.text().await.unwrap(), "fifteen");
        let lines = diff.find_all(Locator::Css(".line")).await.unwrap();
        assert_eq!(
            lines.len(),
            8,
            "one went, one came, three around them on either side"
        );
    });
}

#[test]
fn customers_see_their_own_trail_and_no_addresses() {
    let service = Service::start(None, &[]);
    browser::run(async |client| {
        let visit = Visit::new(client, &service);
        visit.sign_up("a customer").await;
        visit.click("What happened to this account").await;
        let text = visit.find("main").await.text().await.unwrap();
        assert!(
            text.contains("Anonymous created User a customer") || text.contains("created User 3"),
            "{text}"
        );
        assert!(!text.contains("127.0.0.1"), "{text}");
        for elsewhere in [
            "/users/1/audit",
            "/orders/1/audit",
            "/users/4711/audit",
            "/audit",
        ] {
            visit.go(elsewhere).await;
            let text = visit.find("main").await.text().await.unwrap();
            assert_eq!(text, "Not Found\nthere is no such history", "{elsewhere}");
        }
    });
}

impl Visit<'_> {
    async fn make_support(&self, username: &str) {
        self.click("Users").await;
        self.click(username).await;
        let role = self.find("[name=role]").await;
        role.select_by_value("support").await.unwrap();
        self.type_into("reason", "ticket 4711").await;
        self.submit("Save").await;
        self.arrive("/users/3").await;
        self.click("What happened to this account").await;
        self.arrive("/users/3/audit").await;
    }

    async fn the_change_is_told(&self) {
        let entry = self.find("article").await.text().await.unwrap();
        let headline = format!("Admin jane.doe changed User {EVIL} (3)\n");
        for expected in [
            &*headline,
            "just now",
            "127.0.0.1",
            "role user",
            "→ support",
            "Reason: ticket 4711",
        ] {
            assert!(entry.contains(expected), "{expected}\n{entry}");
        }
        self.open("article .detail").await;
        let change = self.find("article .changes dd").await;
        let went = change.find(Locator::Css("del")).await.unwrap();
        let came = change.find(Locator::Css("ins")).await.unwrap();
        assert_eq!(went.text().await.unwrap(), "user");
        assert_eq!(came.text().await.unwrap(), "support");
        // The new password is not shown, but the entry says that there is one.
        self.open(".created .detail").await;
        let created = self.find(".created .changes").await.text().await.unwrap();
        assert!(created.contains("password_hash\nredacted"), "{created}");
    }

    async fn markup_stays_text(&self) {
        assert_eq!(self.count("script").await, 0);
        let title = self.client.title().await.unwrap();
        assert_eq!(title, format!("User {EVIL} · User admin"));
        let heading = self.find("h1").await.text().await.unwrap();
        assert_eq!(heading, format!("User {EVIL}"));
    }

    async fn an_entry_has_an_address(&self) {
        self.follow(self.find("article .when a").await).await;
        assert!(self.query().await.starts_with("changeset="));
        assert_eq!(self.count("article").await, 1);
        // A single entry is shown in full.
        let facts = self.find("article .facts").await.text().await.unwrap();
        for expected in [
            "Actor\nAdmin 'jane.doe' (User 1)",
            r"Record
User '<script>document.title = \'taken over\'</script>' (3)",
            "Session\n",
            "Service\nuser-admin",
        ] {
            assert!(facts.contains(expected), "{expected}\n{facts}");
        }
        self.click("Show everything").await;
        assert!(self.count("article").await > 1);
    }

    async fn filters_narrow(&self) {
        self.open(".filters").await;
        let field = self.find("[name=changed]").await;
        field.select_by_value("role").await.unwrap();
        self.type_into("to", "support").await;
        self.submit("Filter").await;
        let query = self.query().await;
        assert!(query.contains("changed=role&from=&to=support"), "{query}");
        assert_eq!(self.count("article").await, 1);
        // The form keeps the conditions.
        let to = self.find("[name=to]").await;
        assert_eq!(to.prop("value").await.unwrap().as_deref(), Some("support"));

        self.open(".filters").await;
        self.type_into("to", "admin").await;
        self.submit("Filter").await;
        assert_eq!(
            self.find(".empty").await.text().await.unwrap(),
            "Nothing matches."
        );
        self.click("Show everything").await;
    }

    async fn a_wrong_filter_is_told(&self) {
        self.go("/users/3/audit?actor=jane").await;
        let problem = self.find("[role=alert]").await.text().await.unwrap();
        assert_eq!(problem, "`actor` is by whom: kind and id, as in `Admin:7`");
        let actor = self.find("[name=actor]").await;
        assert_eq!(actor.prop("value").await.unwrap().as_deref(), Some("jane"));
    }

    async fn failed_logins_are_in_the_log(&self) {
        self.go("/audit").await;
        self.open(".filters").await;
        self.type_into("action", "LOGIN_FAILURE").await;
        self.submit("Filter").await;
        let entry = self.find("article").await.text().await.unwrap();
        let headline = "Anonymous: LOGIN_FAILURE on User john.smith, denied\n";
        assert!(entry.contains(headline), "{entry}");
        self.open("article .detail").await;
        let entry = self.find("article").await.text().await.unwrap();
        assert!(entry.contains("cause\nwrong password"), "{entry}");
        // The entry links to the account.
        self.click("User john.smith").await;
        self.arrive("/users/2/audit").await;
    }

    async fn keys_lead_to_the_trail(&self) {
        let page = self.find("body").await;
        page.send_keys(&Key::Tab.to_string()).await.unwrap();
        let focused = self.client.active_element().await.unwrap();
        assert_eq!(focused.text().await.unwrap(), "Skip to the trail");
        focused.send_keys(&Key::Enter.to_string()).await.unwrap();
        let focused = self.client.active_element().await.unwrap();
        assert_eq!(focused.attr("id").await.unwrap().as_deref(), Some("main"));
    }

    async fn nothing_is_wider_than_a_phone(&self) {
        self.client.set_window_size(360, 740).await.unwrap();
        for page in [
            "/users/3/audit?changed=role",
            "/audit",
            "/users",
            "/users/3",
            "/orders",
            "/profile",
        ] {
            self.go(page).await;
            let script = "return document.documentElement.scrollWidth - window.innerWidth";
            let overflow = self.client.execute(script, Vec::new()).await.unwrap();
            assert!(
                overflow.as_i64() <= Some(0),
                "{page} is too wide by {overflow}"
            );
        }
        self.client.set_window_size(1200, 900).await.unwrap();
    }

    async fn pages_lead_through_everything(&self) {
        for number in 0..=PAGE {
            self.describe_oneself(&format!("version {number}")).await;
        }
        self.go(&format!("/users/1/audit?limit={PAGE}")).await;
        self.open(".filters").await;
        let field = self.find("[name=changed]").await;
        field.select_by_value("about").await.unwrap();
        self.submit("Filter").await;
        assert_eq!(self.count("article").await, PAGE);
        let newest = self.find("article ins").await.text().await.unwrap();
        assert_eq!(newest, format!("version {PAGE}"));

        self.click("Older →").await;
        assert!(self.query().await.contains("after="));
        // And the account's creation, in which the field was empty.
        assert_eq!(self.count("article").await, 2, "the filter goes along");
        let oldest = self.find("article ins").await.text().await.unwrap();
        assert_eq!(oldest, "version 0");

        self.click("← Newest").await;
        assert_eq!(self.count("article").await, PAGE);
    }
}
