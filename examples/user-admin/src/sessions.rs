//! A session store in memory. It ends with the program, and removes expired sessions.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval},
};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::Result,
};

#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<HashMap<Id, Record>>>);

impl Sessions {
    /// Removes expired sessions once per period.
    pub async fn forget_expired(self, period: Duration) {
        let mut interval = interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            self.0.lock().await.retain(|_, record| is_active(record));
        }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let mut records = self.0.lock().await;
        loop {
            match records.entry(record.id) {
                Entry::Vacant(place) => {
                    place.insert(record.clone());
                    return Ok(());
                }
                Entry::Occupied(_) => record.id = Id::default(),
            }
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.0.lock().await.insert(record.id, record.clone());
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let records = self.0.lock().await;
        Ok(records.get(id).filter(|record| is_active(record)).cloned())
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.lock().await.remove(id);
        Ok(())
    }
}

fn is_active(record: &Record) -> bool {
    record.expiry_date > OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};
    use tower_sessions::cookie::time;

    use super::*;

    fn record(lasts: time::Duration) -> Record {
        Record {
            id: Id::default(),
            data: HashMap::new(),
            expiry_date: OffsetDateTime::now_utc() + lasts,
        }
    }

    #[tokio::test]
    async fn an_expired_session_is_no_session() {
        let sessions = Sessions::default();
        let mut records = [time::Duration::DAY, -time::Duration::SECOND].map(record);
        for record in &mut records {
            sessions.create(record).await.unwrap();
        }
        let [active, expired] = records;
        assert_eq!(
            sessions.load(&active.id).await.unwrap(),
            Some(active.clone())
        );
        assert_eq!(sessions.load(&expired.id).await.unwrap(), None);

        let mut twin = active.clone();
        sessions.create(&mut twin).await.unwrap();
        assert_ne!(twin.id, active.id, "no session is another's");
        sessions.delete(&active.id).await.unwrap();
        assert_eq!(sessions.load(&active.id).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn expired_sessions_leave_the_memory() {
        let sessions = Sessions::default();
        let period = Duration::from_secs(60);
        tokio::spawn(sessions.clone().forget_expired(period));
        let start = Instant::now();
        for round in 1..=3 {
            for lasts in [time::Duration::DAY, -time::Duration::SECOND] {
                sessions.create(&mut record(lasts)).await.unwrap();
            }
            sleep(period).await;
            assert_eq!(
                sessions.0.lock().await.len(),
                round,
                "{:?}",
                start.elapsed()
            );
        }
    }
}
