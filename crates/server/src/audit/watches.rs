//! Watches that have left their line.
//!
//! Playing a recording takes many requests, and some come at once. Whoever is second waits until the line of the first is
//! durable, so that no request is answered without one; where it could not be written, the next writes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests of one watch lie within this time of its line.
const ONE_WATCH_MS: i64 = 60 * 60 * 1000;

/// Watches that are remembered; beyond that they are forgotten, which at worst writes a line twice.
const REMEMBERED: usize = 10_000;

/// When a watch left its line, epoch ms. Held while it is being written.
type Written = Arc<tokio::sync::Mutex<Option<i64>>>;

/// Remembers them, in this process.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    known: Mutex<HashMap<String, Written>>,
}

impl Watches {
    /// Does `write` unless it was done for this watch within the last hour.
    pub(crate) async fn once<E>(
        &self,
        watch: String,
        now: i64,
        write: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        let written = self.written(watch, now);
        let mut written = written.lock().await;
        if !is_recent(*written, now) {
            write.await?;
            *written = Some(now);
        }
        Ok(())
    }

    fn written(&self, watch: String, now: i64) -> Written {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, written| written.try_lock().map_or(true, |written| is_recent(*written, now)));
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.entry(watch).or_default().clone()
    }
}

fn is_recent(written: Option<i64>, now: i64) -> bool {
    written.is_some_and(|at| now - at < ONE_WATCH_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_answered_before_the_line_is_written_and_it_is_written_once() {
        let watches = Watches::default();
        let lines = Mutex::new(0);
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let first = watches.once("ann".into(), 0, async {
            wait.await.expect("sent below");
            *lines.lock().unwrap() += 1;
            Ok::<(), ()>(())
        });
        let second = async {
            tokio::task::yield_now().await;
            let answered = watches.once("ann".into(), 5, async {
                *lines.lock().unwrap() += 1;
                Ok::<(), ()>(())
            });
            tokio::pin!(answered);
            assert!(futures::poll!(&mut answered).is_pending(), "answered before the line was written");
            go.send(()).unwrap();
            answered.await.unwrap();
            assert_eq!(*lines.lock().unwrap(), 1);
        };
        let (first, ()) = tokio::join!(first, second);
        first.unwrap();
        assert_eq!(*lines.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_failed_is_tried_by_the_next_and_an_hour_later_is_another_watch() {
        let watches = Watches::default();
        let mut lines = Vec::new();
        watches.once("ann".into(), 0, async { Err("no disk") }).await.unwrap_err();
        for now in [1, 2, ONE_WATCH_MS, ONE_WATCH_MS + 1, ONE_WATCH_MS + 2] {
            let write = async {
                lines.push(now);
                Ok::<(), ()>(())
            };
            watches.once("ann".into(), now, write).await.unwrap();
        }
        // The hour is counted from the line, not from the last request.
        assert_eq!(lines, [1, ONE_WATCH_MS + 1]);
    }
}
