//! What recordings take up, and which are older than they may become.

use super::*;
use crate::catalog::{Occupied, Usage};

const DAY: i64 = 24 * 3_600_000;

fn occupied(recordings: u64, stored_bytes: u64, raw_bytes: u64) -> Occupied {
    Occupied { recordings, stored_bytes, raw_bytes }
}

pub(in super::super) async fn what_recordings_take_up_is_told_by_day_and_what_waits_apart(catalog: Subject) {
    assert_eq!(catalog.usage(PROJECT, 0).await.unwrap(), Usage::default());
    flush(&catalog, "live/1", DAY, &["a", "b"]).await;
    flush(&catalog, "live/2", 3 * DAY, &["a", "c"]).await;
    finish(&catalog, "b", 1, DAY, vec![place("live/1", 1)]).await;
    let usage = catalog.usage(PROJECT, 0).await.unwrap();
    assert_eq!(usage.total, occupied(3, 360, 4000));
    assert_eq!(usage.live, occupied(2, 300, 3000), "b is in a finished file");
    assert_eq!(usage.last_arrival, Some(3 * DAY + 3000));
    assert_eq!(usage.days, [(1, occupied(2, 260, 3000)), (3, occupied(1, 100, 1000))], "a began on the first of them");
    assert_eq!(catalog.usage(PROJECT, 2 * DAY).await.unwrap().days, usage.days[1..]);
    assert_eq!(catalog.usage(ProjectId(2), 0).await.unwrap(), Usage::default());
}

pub(in super::super) async fn only_finished_recordings_expire_the_oldest_first(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "live"]).await;
    flush(&catalog, "live/2", 500, &["b"]).await;
    flush(&catalog, "live/3", 9000, &["young"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    finish(&catalog, "b", 1, 500, vec![place("live/2", 0)]).await;
    finish(&catalog, "young", 1, 9000, vec![place("live/3", 0)]).await;
    assert_eq!(catalog.expired(PROJECT, 9000, 10).await.unwrap(), [id("b"), id("a")]);
    assert_eq!(catalog.expired(PROJECT, 4000, 10).await.unwrap(), [id("b")], "a came at 4000");
    assert_eq!(catalog.expired(PROJECT, 9000, 1).await.unwrap(), [id("b")]);
    assert_eq!(catalog.expired_total(PROJECT, 9000).await.unwrap(), occupied(2, 120, 2000));
    assert_eq!(catalog.expired_total(ProjectId(2), 9000).await.unwrap(), Occupied::default());
}
