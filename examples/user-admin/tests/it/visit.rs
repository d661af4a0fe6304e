//! The actions of a visitor in a browser.

use std::{cell::Cell, time::Duration};

use fantoccini::{Client, Locator, elements::Element};
use tokio::time::timeout;

use crate::service::Service;

pub struct Visit<'a> {
    pub client: &'a Client,
    pub service: &'a Service,
    /// The number of clicks.
    pub clicks: Cell<usize>,
}

impl<'a> Visit<'a> {
    pub fn new(client: &'a Client, service: &'a Service) -> Self {
        let clicks = Cell::new(0);
        Self {
            client,
            service,
            clicks,
        }
    }
}

impl Visit<'_> {
    pub async fn go(&self, path: &str) {
        self.client.goto(&self.service.url(path)).await.unwrap();
    }

    pub async fn find(&self, selector: &str) -> Element {
        self.client
            .wait()
            .for_element(Locator::Css(selector))
            .await
            .unwrap()
    }

    pub async fn count(&self, selector: &str) -> usize {
        let found = self.client.find_all(Locator::Css(selector)).await;
        found.unwrap().len()
    }

    pub async fn click(&self, link: &str) {
        let link = self
            .client
            .wait()
            .for_element(Locator::LinkText(link))
            .await;
        self.follow(link.unwrap()).await;
    }

    /// Clicks an element and waits for the page that it leads to.
    pub async fn follow(&self, element: Element) {
        let before = self.loaded().await;
        self.clicks.update(|clicks| clicks + 1);
        element.click().await.unwrap();
        let arrived = async { while self.loaded().await.is_none_or(|at| Some(at) == before) {} };
        timeout(Duration::from_secs(300), arrived).await.unwrap();
    }

    /// The start of the present page, if it is loaded.
    async fn loaded(&self) -> Option<f64> {
        let script = "return document.readyState == 'complete' ? performance.timeOrigin : null";
        self.client.execute(script, Vec::new()).await.ok()?.as_f64()
    }

    /// Opens a disclosure.
    pub async fn open(&self, details: &str) {
        let summary = self.find(&format!("{details} > summary")).await;
        self.clicks.update(|clicks| clicks + 1);
        summary.click().await.unwrap();
    }

    pub async fn type_into(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name={name}]")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn submit(&self, button: &str) {
        let button = format!("//button[starts-with(normalize-space(), '{button}')]");
        let button = self.client.find(Locator::XPath(&button)).await.unwrap();
        self.follow(button).await;
    }

    pub async fn log_in(&self, username: &str) {
        self.try_to_log_in(username, self.service.password(username))
            .await;
        self.arrive("/profile").await;
    }

    pub async fn fail_to_log_in(&self, username: &str) {
        self.try_to_log_in(username, "a guess").await;
        let problem = self.find("[role=alert]").await.text().await.unwrap();
        assert_eq!(problem, "Unknown name, wrong password or locked account.");
    }

    async fn try_to_log_in(&self, username: &str, password: &str) {
        self.go("/login").await;
        self.type_into("username", username).await;
        self.type_into("password", password).await;
        self.submit("Log in").await;
    }

    pub async fn sign_up(&self, username: &str) {
        self.go("/sign-up").await;
        self.type_into("username", username).await;
        self.type_into("password", "correct horse battery").await;
        self.submit("Sign up").await;
        self.arrive("/profile").await;
    }

    pub async fn log_out(&self) {
        self.submit("Log out").await;
        self.arrive("/login").await;
    }

    pub async fn describe_oneself(&self, text: &str) {
        self.go("/profile").await;
        self.type_into("about", text).await;
        self.submit("Save").await;
        self.arrive("/profile").await;
    }

    /// Waits for an address with this path and no query.
    pub async fn arrive(&self, path: &str) {
        let url = self.service.url(path).parse().unwrap();
        self.client.wait().for_url(&url).await.unwrap();
    }

    pub async fn query(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().unwrap_or_default().to_owned()
    }
}
