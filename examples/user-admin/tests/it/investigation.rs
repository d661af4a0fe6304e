//! An investigation by clicks only: who became admin, by whom, from where, and what else that session did.

use fantoccini::Locator;

use crate::{browser, service::Service, visit::Visit, visitor::Visitor};

/// The clicks from the dashboard to the reverted change.
const CLICKS: usize = 7;

#[test]
fn an_investigator_walks_by_clicks() {
    browser::run(async |client| {
        for size in [(1280, 800), (360, 740)] {
            let service = Service::start(None, &[]);
            let visit = Visit::new(client, &service);
            for username in ["eve", "mallory"] {
                visit.sign_up(username).await;
                visit.log_out().await;
            }
            visit.fail_to_log_in("jane.doe").await;
            visit.abuse_a_stolen_account().await;
            client.set_window_size(size.0, size.1).await.unwrap();
            visit.log_in("jane.doe").await;
            visit.ask_in_two_clicks(size.1).await;
            visit.click("Profile").await;
            visit.click("Dashboard").await;
            visit.clicks.set(0);
            visit.find_what_happened().await;
            visit.put_it_back().await;
            assert_eq!(visit.clicks.get(), CLICKS);
            visit.take_a_condition_away().await;
        }
    });
}

impl Visit<'_> {
    /// Makes eve an admin and mallory support, in one session.
    async fn abuse_a_stolen_account(&self) {
        self.log_in("jane.doe").await;
        for (user, role) in [(3, "admin"), (4, "support")] {
            self.go(&format!("/users/{user}")).await;
            let field = self.find("[name=role]").await;
            field.select_by_value(role).await.unwrap();
            self.submit("Save").await;
        }
        self.log_out().await;
    }

    /// Asks who became admin.
    async fn ask_in_two_clicks(&self, height: u32) {
        self.click("Trail").await;
        self.click("Who became admin?").await;
        let heading = self.find("article h2").await;
        assert_eq!(
            heading.text().await.unwrap(),
            "Admin jane.doe changed User eve"
        );
        let (_, top, _, rest) = heading.rectangle().await.unwrap();
        assert!(
            top + rest < f64::from(height),
            "{top} is below the first screen"
        );
    }

    /// Follows the line on the dashboard to its entry, and to all entries of its session.
    async fn find_what_happened(&self) {
        let denied = self.section("Denied and failed").await;
        assert!(denied.contains("LOGIN_FAILURE, denied"), "{denied}");
        let privileges = self.section("Changes of privileges").await;
        assert!(privileges.contains("User role user"), "{privileges}");
        let line = "//section[h3='Changes of privileges']//li/a[contains(., 'admin')]";
        self.follow(self.client.find(Locator::XPath(line)).await.unwrap())
            .await;
        assert_eq!(self.count("article").await, 1);
        self.open("article .detail").await;
        let session = "//article[1]//div[dt='Session']/dd/a";
        let session = self.client.find(Locator::XPath(session)).await.unwrap();
        let id = session.text().await.unwrap();
        self.follow(session).await;
        let bound = self.find(".bound").await.text().await.unwrap();
        assert!(bound.contains("it covers the last 30 days"), "{bound}");
        // The page shows the entries of the log.
        let shown = self.shown().await;
        let visitor = Visitor::signed_in(self.service, "jane.doe").await;
        let path = format!("/api/audit?session_id={id}&since=2001-01-01");
        let all = visitor.trail(&path).await;
        let all: Vec<_> = all
            .iter()
            .map(|entry| format!("entry-{}", entry["id"]))
            .collect();
        assert_eq!(shown, all);
        assert!(shown.len() > 2);
    }

    /// Reverts a change of the session, with a reason.
    async fn put_it_back(&self) {
        let eve = "//article[h2[contains(., 'changed User eve')]]//summary";
        let eve = self.client.find(Locator::XPath(eve)).await.unwrap();
        self.clicks.update(|clicks| clicks + 1);
        eve.click().await.unwrap();
        self.click("The whole record then").await;
        let then = self.find("main").await.text().await.unwrap();
        assert!(then.contains("role\nadmin"), "{then}");
        self.click("Put this change back").await;
        self.type_into("reason", "ticket 4711").await;
        self.submit("Put it back").await;
        self.arrive("/users/3/audit").await;
        let entry = self.find("article").await.text().await.unwrap();
        assert!(entry.contains("Admin jane.doe changed User eve"), "{entry}");
        assert!(entry.contains("Reason: ticket 4711"), "{entry}");
        let became = self.find("article .brief ins").await.text().await.unwrap();
        assert_eq!(became, "user");
    }

    async fn take_a_condition_away(&self) {
        self.go("/audit?actor_id=1&action=UPDATE").await;
        let chips = self.count(".chip").await;
        self.follow(self.find(".chip").await).await;
        assert_eq!(self.count(".chip").await, chips - 1);
    }

    /// The text of a section of the dashboard.
    async fn section(&self, title: &str) -> String {
        let section = format!("//section[h3='{title}']");
        let section = self.client.find(Locator::XPath(&section)).await.unwrap();
        section.text().await.unwrap().replace('\n', " ")
    }

    /// The ids of the entries on the page.
    async fn shown(&self) -> Vec<String> {
        let articles = self.client.find_all(Locator::Css("article")).await.unwrap();
        let mut shown = Vec::new();
        for article in articles {
            shown.push(article.attr("id").await.unwrap().unwrap());
        }
        shown
    }
}

#[test]
fn fifteen_entries_are_on_a_screen() {
    let service = Service::start(None, &[]);
    browser::run(async |client| {
        let visit = Visit::new(client, &service);
        visit.sign_up("eve").await;
        for number in 0..16 {
            visit.describe_oneself(&format!("version {number}")).await;
        }
        visit.log_out().await;
        visit.log_in("jane.doe").await;
        visit.go("/audit").await;
        client.set_window_size(1280, 800).await.unwrap();
        let script = "return [...document.querySelectorAll('article')]
            .filter(article => article.getBoundingClientRect().bottom <= 800).length";
        let seen = client.execute(script, Vec::new()).await.unwrap();
        assert!(seen.as_u64() >= Some(15), "{seen}");
    });
}
