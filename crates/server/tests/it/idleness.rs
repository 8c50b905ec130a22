//! Rule 10: a recording is finished when it was quiet for long enough while the server was up.

use std::sync::Arc;
use std::time::Duration;

use cassette_server::clock::Clock;
use cassette_server::finish::Finisher;

use crate::items::Item;
use crate::node::{HOUR, IDLE, MINUTE, START, World};

#[tokio::test]
async fn data_that_is_not_flushed_yet_keeps_a_recording_from_being_finished() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    node.flush().await;
    world.advance(IDLE + 1);
    node.post(Item::new("s", 2).event(START + 1, "two").body()).await;
    node.collector.barrier().await;
    node.tick().await;
    assert!(node.row("s").await.unwrap().object.is_none());
    node.finish_all().await;
    assert_eq!(node.row("s").await.unwrap().revision, 1);
    assert_eq!(node.tags("s").await, ["one", "two"]);
}

/// A clock that runs with the time of the test, which stands still but for sleeping.
#[derive(Debug)]
struct TestTime {
    from: i64,
    begun: tokio::time::Instant,
}

impl Clock for TestTime {
    fn now(&self) -> i64 {
        self.from + i64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }
}

/// Pages hold back data while the server is away and send it in the minutes after it is back.
#[tokio::test(start_paused = true)]
async fn time_in_which_the_server_was_away_does_not_count() {
    let world = World::new();
    let node = world.start().await;
    node.post(Item::new("s", 1).event(START, "one").body()).await;
    node.flush().await;
    world.advance(5 * HOUR);
    let world = world.crash();
    let node = world.start().await;
    let clock = Arc::new(TestTime { from: world.now(), begun: tokio::time::Instant::now() });
    let running = tokio::spawn(Finisher { clock: clock.clone(), ..node.finisher.clone() }.run());
    let finished = async || node.row("s").await.unwrap().object.is_some();
    while clock.now() < world.now() + 28 * MINUTE {
        assert!(!finished().await, "after {} minutes", (clock.now() - world.now()) / MINUTE);
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let mut patience = 10_000;
    while !finished().await && patience > 0 {
        patience -= 1;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(finished().await, "never finished");
    running.abort();
}
