//! What every catalog must do, whatever database it is made of.
//!
//! Each function is one behaviour over a fresh, empty catalog. [`conformance_tests`] makes a test of each of them for one
//! implementation, and lets the catalog look for inconsistencies after each.

use std::sync::Arc;

use cassette_recording::summary::Counts;
use cassette_recording::{ProjectId, RecordingId};

use super::{
    BlockPlace, Catalog, CommitFinishedError, Committed, Completeness, Direction, Document, DocumentQuery,
    FinishedRecording, FlushedBlock, ForgetObjectError, ListPage, ListQuery, LiveObject, MovedBlock, NewLiveBlock,
    Order, PersonText, RecordingDelta, RecordingFacts, RecordingState, ReplaceObjectsError, Span,
};

mod keyframes;
mod search;
mod usage;

pub(super) use keyframes::*;
pub(super) use search::*;
pub(super) use usage::*;

/// Expands to one test per behaviour. `$fresh` is an expression that makes an empty catalog and what keeps it alive.
macro_rules! conformance_tests {
    ($fresh:expr; $($behaviour:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let (catalog, _guard) = $fresh;
                let catalog: std::sync::Arc<dyn $crate::catalog::Catalog> = catalog;
                $crate::catalog::conformance::$behaviour(std::sync::Arc::clone(&catalog)).await;
                assert_eq!(catalog.inconsistencies().await.unwrap(), Vec::<String>::new());
            }
        )*
    };
    ($fresh:expr) => {
        $crate::catalog::conformance::conformance_tests! { $fresh;
            a_recording_that_was_only_seen_is_listed_as_live_and_counts_nothing,
            seeing_a_recording_again_widens_it,
            a_flush_adds_its_counts_to_what_was_seen,
            a_flush_that_is_repeated_changes_nothing,
            a_flush_that_is_repeated_after_its_object_is_gone_changes_nothing,
            keys_of_blocks_grow_over_flushes_and_finishes,
            finishing_replaces_the_provisional_numbers,
            finishing_again_with_the_same_file_changes_nothing,
            finishing_refuses_an_older_revision_and_another_file_of_the_same,
            a_block_that_came_while_finishing_keeps_the_recording_live_and_counts,
            late_data_reopens_a_finished_recording_and_the_next_revision_supersedes,
            seeing_a_finished_recording_leaves_it_finished,
            quiet_and_overdue_recordings_come_oldest_first,
            a_lease_has_one_owner_and_a_growing_fence,
            live_objects_go_when_all_their_blocks_are_finished_long_enough,
            a_mostly_dead_or_old_object_is_worth_rewriting,
            compaction_moves_blocks_and_keeps_their_keys,
            compaction_loses_no_unfinished_block,
            a_finisher_finds_a_block_that_was_moved_meanwhile,
            a_deleted_recording_leaves_no_row_and_others_stay,
            a_flush_that_is_repeated_does_not_bring_a_deleted_recording_back,
            pages_follow_each_other_without_gap_or_repetition,
            filters_select_what_they_say,
            orders_sort_by_what_they_say_and_page,
            named_recordings_come_in_the_order_of_their_names,
            projects_do_not_see_each_other,
            what_recordings_take_up_is_told_by_day_and_what_waits_apart,
            only_finished_recordings_expire_the_oldest_first,
            documents_are_found_by_id_parent_and_lookup_in_order,
            a_document_that_saw_fewer_changes_replaces_nothing,
            a_rebuild_starts_from_nothing_and_says_when_it_is_done,
            what_a_file_tells_takes_the_place_of_what_its_blocks_told,
            keyframes_are_asked_for_once_for_each_file,
            rows_of_what_went_on_meanwhile_are_not_taken,
            events_are_found_in_the_order_of_starts_even_when_these_change,
            a_recording_tells_no_more_than_its_share_and_odd_json_harms_nobody,
            signals_are_those_of_the_last_file_that_was_looked_into,
        }
    };
}
pub(super) use conformance_tests;

type Subject = Arc<dyn Catalog>;

const PROJECT: ProjectId = ProjectId(1);

fn id(name: &str) -> RecordingId {
    name.parse().unwrap()
}

/// One block's worth: ten events and a click, from `first` on for a second, arrived two seconds later.
fn facts(first: i64) -> RecordingFacts {
    RecordingFacts {
        span: Some(Span { first, last: first + 1000 }),
        first_arrival: first + 3000,
        last_arrival: first + 3000,
        counts: Counts { events: 10, clicks: 1, ..Counts::default() },
        urls: vec![format!("https://shop.example/{first}")],
        distinct_ids: vec!["Ann@Example.com".parse().unwrap()],
        windows: vec!["w1".parse().unwrap()],
        snapshot_source: Some("web".into()),
        library: Some("web 1.449.2".into()),
        user_agent: Some("Mozilla/5.0".into()),
        raw_bytes: 1000,
        stored_bytes: 100,
        ..RecordingFacts::default()
    }
}

fn delta(session: &str, facts: RecordingFacts) -> RecordingDelta {
    RecordingDelta { project: PROJECT, session: id(session), facts }
}

fn flushed(ordinal: u32, session: &str, facts: RecordingFacts) -> FlushedBlock {
    let span = facts.span.unwrap_or(Span { first: 0, last: 0 });
    FlushedBlock {
        block: NewLiveBlock {
            ordinal_in_object: ordinal,
            offset: u64::from(ordinal) * 100,
            length: 100,
            raw_length: 1000,
            sha256: "ab".repeat(32),
            first: span.first,
            last: span.last,
            events: facts.counts.events,
            full_snapshots: vec![("w1".parse().unwrap(), span.first)],
            origins: Vec::new(),
        },
        delta: delta(session, facts),
    }
}

fn object(path: &str, written_at: i64) -> LiveObject {
    LiveObject { path: path.into(), written_at }
}

fn place(object: &str, ordinal: u32) -> BlockPlace {
    BlockPlace { object: object.into(), ordinal }
}

/// Puts one block per named recording into one object.
async fn flush(catalog: &Subject, path: &str, at: i64, sessions: &[&str]) {
    assert_eq!(commit_flush(catalog, path, at, sessions).await, Committed::Now);
}

/// The same for an object that is known.
async fn flush_again(catalog: &Subject, path: &str, at: i64, sessions: &[&str]) {
    assert_eq!(commit_flush(catalog, path, at, sessions).await, Committed::Before);
}

async fn commit_flush(catalog: &Subject, path: &str, at: i64, sessions: &[&str]) -> Committed {
    let blocks = sessions.iter().zip(0..).map(|(session, ordinal)| flushed(ordinal, session, facts(at))).collect();
    catalog.commit_flush(object(path, at + 5000), blocks).await.unwrap()
}

fn finished(session: &str, revision: u32, at: i64, contained: Vec<BlockPlace>) -> FinishedRecording {
    FinishedRecording {
        project: PROJECT,
        session: id(session),
        revision,
        object: format!("recordings/{session}.r{revision}"),
        file_blocks: 3,
        facts: RecordingFacts { active_ms: Some(700), stored_bytes: 60, ..facts(at) },
        contained,
        finished_at: at + 60_000,
    }
}

async fn finish(catalog: &Subject, session: &str, revision: u32, at: i64, contained: Vec<BlockPlace>) {
    assert_eq!(catalog.commit_finished(finished(session, revision, at, contained)).await.unwrap(), Committed::Now);
}

async fn state_of(catalog: &Subject, session: &str) -> RecordingState {
    catalog.recording(PROJECT, &id(session)).await.unwrap().unwrap().state
}

fn names(page: &ListPage) -> Vec<&str> {
    page.rows.iter().map(|row| row.session.as_str()).collect()
}

async fn listed(catalog: &Subject, query: ListQuery) -> Vec<String> {
    names(&catalog.list(query).await.unwrap()).into_iter().map(String::from).collect()
}

fn newest() -> ListQuery {
    ListQuery::newest(PROJECT)
}

pub(super) async fn a_recording_that_was_only_seen_is_listed_as_live_and_counts_nothing(catalog: Subject) {
    catalog.note_seen(vec![delta("a", facts(1000))]).await.unwrap();
    let page = catalog.list(newest()).await.unwrap();
    assert_eq!(names(&page), ["a"]);
    let row = &page.rows[0];
    assert_eq!((row.state, row.revision, &row.object), (RecordingState::Live, 0, &None));
    let expected = RecordingFacts { counts: Counts::default(), raw_bytes: 0, stored_bytes: 0, ..facts(1000) };
    assert_eq!(row.facts, expected);
    assert!(catalog.quiet(i64::MAX, 10).await.unwrap().is_empty(), "there is nothing to finish yet");
}

pub(super) async fn seeing_a_recording_again_widens_it(catalog: Subject) {
    catalog.note_seen(vec![delta("a", facts(1000))]).await.unwrap();
    catalog.note_seen(vec![delta("a", facts(500)), delta("a", facts(9000))]).await.unwrap();
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!(row.facts.span, Some(Span { first: 500, last: 10_000 }));
    assert_eq!((row.facts.first_arrival, row.facts.last_arrival), (3500, 12_000));
    assert_eq!(row.facts.urls, ["https://shop.example/500", "https://shop.example/1000", "https://shop.example/9000"]);
    assert_eq!(row.facts.distinct_ids.len(), 1);
}

pub(super) async fn a_flush_adds_its_counts_to_what_was_seen(catalog: Subject) {
    catalog.note_seen(vec![delta("a", facts(1000))]).await.unwrap();
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    flush(&catalog, "live/2", 2000, &["a"]).await;
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!((row.facts.counts.events, row.facts.counts.clicks), (20, 2));
    assert_eq!((row.facts.raw_bytes, row.facts.stored_bytes), (2000, 200));
    assert_eq!(row.facts.active_ms, None);
    let blocks = catalog.unfinished_blocks(PROJECT, &id("a")).await.unwrap();
    assert_eq!(blocks.iter().map(|block| block.place()).collect::<Vec<_>>(), [place("live/1", 0), place("live/2", 0)]);
    assert_eq!(blocks[1].full_snapshots, [("w1".parse().unwrap(), 2000)]);
    assert_eq!((blocks[1].offset, blocks[1].length, blocks[1].raw_length, blocks[1].events), (0, 100, 1000, 10));
}

pub(super) async fn a_flush_that_is_repeated_changes_nothing(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    let before = catalog.recording(PROJECT, &id("a")).await.unwrap();
    flush_again(&catalog, "live/1", 1000, &["a"]).await;
    assert_eq!(catalog.recording(PROJECT, &id("a")).await.unwrap(), before);
    assert_eq!(catalog.live_blocks(PROJECT, &id("a")).await.unwrap().len(), 1);
}

pub(super) async fn a_flush_that_is_repeated_after_its_object_is_gone_changes_nothing(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    catalog.forget_live_object("live/1").await.unwrap();
    flush_again(&catalog, "live/1", 1000, &["a"]).await;
    assert_eq!(state_of(&catalog, "a").await, RecordingState::Finished);
    catalog.purge_gone(6000).await.unwrap();
    flush_again(&catalog, "live/1", 1000, &["a"]).await;
    catalog.purge_gone(6001).await.unwrap();
    flush(&catalog, "live/1", 1000, &["a"]).await;
}

pub(super) async fn keys_of_blocks_grow_over_flushes_and_finishes(catalog: Subject) {
    let two = vec![flushed(0, "a", facts(5000)), flushed(1, "a", facts(1000))];
    assert_eq!(catalog.commit_flush(object("live/1", 9000), two).await.unwrap(), Committed::Now);
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0), place("live/1", 1)]).await;
    catalog.forget_live_object("live/1").await.unwrap();
    flush(&catalog, "live/2", 20_000, &["a"]).await;
    let keys: Vec<u32> = catalog.live_blocks(PROJECT, &id("a")).await.unwrap().iter().map(|block| block.key).collect();
    assert_eq!(keys, [2]);
}

pub(super) async fn finishing_replaces_the_provisional_numbers(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    flush(&catalog, "live/2", 4000, &["a"]).await;
    let contained = vec![place("live/1", 0), place("live/2", 0), place("live/unknown", 7)];
    finish(&catalog, "a", 1, 1000, contained).await;
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!((row.state, row.revision, row.file_blocks), (RecordingState::Finished, 1, 3));
    assert_eq!((row.object.as_deref(), row.finished_at), (Some("recordings/a.r1"), Some(61_000)));
    assert_eq!((row.facts.counts.events, row.facts.active_ms, row.facts.stored_bytes), (10, Some(700), 60));
    assert_eq!(row.facts.last_arrival, 7000, "the later arrival stays");
    assert!(catalog.unfinished_blocks(PROJECT, &id("a")).await.unwrap().is_empty());
    let blocks = catalog.live_blocks(PROJECT, &id("a")).await.unwrap();
    assert!(blocks.iter().all(|block| (block.finished_in, block.finished_at) == (Some(1), Some(61_000))));
    assert!(catalog.quiet(i64::MAX, 10).await.unwrap().is_empty());
}

pub(super) async fn finishing_again_with_the_same_file_changes_nothing(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    let before = catalog.recording(PROJECT, &id("a")).await.unwrap();
    let again = FinishedRecording { finished_at: 99_000, ..finished("a", 1, 1000, vec![place("live/1", 0)]) };
    assert_eq!(catalog.commit_finished(again).await.unwrap(), Committed::Before);
    assert_eq!(catalog.recording(PROJECT, &id("a")).await.unwrap(), before);
    assert!(catalog.superseded_files(i64::MAX, 10).await.unwrap().is_empty());
}

pub(super) async fn finishing_refuses_an_older_revision_and_another_file_of_the_same(catalog: Subject) {
    finish(&catalog, "a", 2, 1000, Vec::new()).await;
    let older = catalog.commit_finished(finished("a", 1, 1000, Vec::new())).await.unwrap_err();
    assert!(matches!(older, CommitFinishedError::Stale { stored: 2, given: 1, .. }), "{older}");
    let other = FinishedRecording { object: "elsewhere".into(), ..finished("a", 2, 1000, Vec::new()) };
    let other = catalog.commit_finished(other).await.unwrap_err();
    assert!(matches!(other, CommitFinishedError::OtherObject { revision: 2, .. }), "{other}");
    assert_eq!(catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap().object.unwrap(), "recordings/a.r2");
}

pub(super) async fn a_block_that_came_while_finishing_keeps_the_recording_live_and_counts(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    flush(&catalog, "live/2", 8000, &["a"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!((row.state, row.revision), (RecordingState::Live, 1));
    assert_eq!((row.facts.counts.events, row.facts.stored_bytes, row.facts.ended_at()), (20, 160, 9000));
    assert_eq!(row.facts.urls, ["https://shop.example/1000", "https://shop.example/8000"]);
    assert_eq!(catalog.unfinished_blocks(PROJECT, &id("a")).await.unwrap()[0].place(), place("live/2", 0));
    assert_eq!(catalog.quiet(i64::MAX, 10).await.unwrap(), [(PROJECT, id("a"))]);
    assert_eq!(catalog.overdue(13_000, 10).await.unwrap(), [], "the block that waits was flushed then, not before");
    assert_eq!(catalog.overdue(13_001, 10).await.unwrap(), [(PROJECT, id("a"))]);
}

pub(super) async fn late_data_reopens_a_finished_recording_and_the_next_revision_supersedes(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    flush(&catalog, "live/2", 2000, &["a"]).await;
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!((row.state, row.revision), (RecordingState::Live, 1));
    assert_eq!(row.object.as_deref(), Some("recordings/a.r1"), "the file so far is still there to be read");
    assert_eq!((row.facts.counts.events, row.facts.active_ms), (20, Some(700)));
    finish(&catalog, "a", 2, 1000, vec![place("live/1", 0), place("live/2", 0)]).await;
    assert_eq!(state_of(&catalog, "a").await, RecordingState::Finished);
    let blocks = catalog.live_blocks(PROJECT, &id("a")).await.unwrap();
    assert_eq!(blocks.iter().map(|block| block.finished_in).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert!(catalog.superseded_files(61_000, 10).await.unwrap().is_empty());
    assert_eq!(catalog.superseded_files(61_001, 10).await.unwrap(), ["recordings/a.r1"]);
    catalog.forget_file("recordings/a.r1").await.unwrap();
    assert!(catalog.superseded_files(i64::MAX, 10).await.unwrap().is_empty());
}

pub(super) async fn seeing_a_finished_recording_leaves_it_finished(catalog: Subject) {
    finish(&catalog, "a", 1, 1000, Vec::new()).await;
    catalog.note_seen(vec![delta("a", facts(5000))]).await.unwrap();
    let row = catalog.recording(PROJECT, &id("a")).await.unwrap().unwrap();
    assert_eq!((row.state, row.facts.ended_at(), row.facts.counts.events), (RecordingState::Finished, 6000, 10));
}

pub(super) async fn quiet_and_overdue_recordings_come_oldest_first(catalog: Subject) {
    flush(&catalog, "live/1", 2000, &["b"]).await;
    flush(&catalog, "live/2", 1000, &["a"]).await;
    flush(&catalog, "live/3", 3000, &["c"]).await;
    flush(&catalog, "live/4", 9000, &["a"]).await;
    let both = [(PROJECT, id("b")), (PROJECT, id("c"))];
    assert_eq!(catalog.quiet(6001, 10).await.unwrap(), both);
    assert_eq!(catalog.quiet(6000, 10).await.unwrap(), both[..1]);
    assert_eq!(catalog.quiet(i64::MAX, 1).await.unwrap(), both[..1]);
    assert_eq!(catalog.overdue(8000, 10).await.unwrap(), [(PROJECT, id("a")), (PROJECT, id("b"))]);
    finish(&catalog, "b", 1, 2000, vec![place("live/1", 0)]).await;
    assert_eq!(catalog.quiet(6001, 10).await.unwrap(), both[1..]);
}

pub(super) async fn a_lease_has_one_owner_and_a_growing_fence(catalog: Subject) {
    let first = catalog.lease("finish", "node-1", 1000, 100).await.unwrap().unwrap();
    assert_eq!(catalog.lease("finish", "node-2", 1050, 100).await.unwrap(), None);
    assert_eq!(catalog.lease("finish", "node-1", 1050, 100).await.unwrap(), Some(first), "its owner may ask again");
    assert!(catalog.lease("housekeeping", "node-2", 1050, 100).await.unwrap().is_some());
    assert!(catalog.renew("finish", "node-1", first, 1100, 100).await.unwrap());
    assert!(!catalog.renew("finish", "node-1", first, 1200, 100).await.unwrap(), "it ran out at 1200");
    let second = catalog.lease("finish", "node-2", 1200, 100).await.unwrap().unwrap();
    assert!(second > first);
    assert!(!catalog.renew("finish", "node-1", first, 1210, 100).await.unwrap());
    catalog.release("finish", "node-1", first).await.unwrap();
    assert_eq!(catalog.lease("finish", "node-1", 1220, 100).await.unwrap(), None, "only the owner can give it back");
    catalog.release("finish", "node-2", second).await.unwrap();
    let third = catalog.lease("finish", "node-1", 1220, 100).await.unwrap().unwrap();
    assert!(third > second);
}

pub(super) async fn live_objects_go_when_all_their_blocks_are_finished_long_enough(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    assert!(catalog.droppable_live_objects(i64::MAX, 10).await.unwrap().is_empty());
    let early = catalog.forget_live_object("live/1").await.unwrap_err();
    assert!(matches!(early, ForgetObjectError::StillNeeded { unfinished: 1, .. }), "{early}");
    finish(&catalog, "b", 1, 2000, vec![place("live/1", 1)]).await;
    assert!(catalog.droppable_live_objects(62_000, 10).await.unwrap().is_empty(), "b was finished at 62000");
    assert_eq!(catalog.droppable_live_objects(62_001, 10).await.unwrap(), [object("live/1", 6000)]);
    assert_eq!(catalog.blocks_of_object("live/1").await.unwrap().len(), 2);
    catalog.forget_live_object("live/1").await.unwrap();
    catalog.forget_live_object("live/1").await.unwrap();
    assert!(catalog.droppable_live_objects(i64::MAX, 10).await.unwrap().is_empty());
    assert!(catalog.live_blocks(PROJECT, &id("a")).await.unwrap().is_empty());
}

pub(super) async fn a_mostly_dead_or_old_object_is_worth_rewriting(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b", "c", "d", "e"]).await;
    flush(&catalog, "live/2", 2000, &["f"]).await;
    for (session, ordinal) in ["a", "b", "c"].iter().zip(0..) {
        finish(&catalog, session, 1, 1000, vec![place("live/1", ordinal)]).await;
    }
    assert!(catalog.mostly_dead_live_objects(i64::MAX, 0, 10).await.unwrap().is_empty(), "two of five are alive");
    finish(&catalog, "d", 1, 1000, vec![place("live/1", 3)]).await;
    assert_eq!(catalog.mostly_dead_live_objects(i64::MAX, 0, 10).await.unwrap(), [object("live/1", 6000)]);
    assert!(catalog.mostly_dead_live_objects(61_000, 0, 10).await.unwrap().is_empty(), "finished too lately");
    assert_eq!(
        catalog.mostly_dead_live_objects(61_000, 7001, 10).await.unwrap(),
        [object("live/1", 6000), object("live/2", 7000)]
    );
    finish(&catalog, "e", 1, 1000, vec![place("live/1", 4)]).await;
    assert!(catalog.mostly_dead_live_objects(i64::MAX, 0, 10).await.unwrap().is_empty(), "it is all dead: drop it");
}

/// One block of `session` with `key`, to be the first of a new object.
fn moved(session: &str, key: u32, ordinal: u32) -> MovedBlock {
    MovedBlock {
        project: PROJECT,
        session: id(session),
        key,
        ordinal_in_object: ordinal,
        offset: 5,
        length: 90,
        raw_length: 1000,
        sha256: "cd".repeat(32),
    }
}

pub(super) async fn compaction_moves_blocks_and_keeps_their_keys(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    flush(&catalog, "live/2", 2000, &["a"]).await;
    finish(&catalog, "b", 1, 1000, vec![place("live/1", 1)]).await;
    let old = vec!["live/1".to_owned(), "live/2".to_owned()];
    let blocks = vec![moved("a", 1, 0), moved("a", 0, 1)];
    let new = object("live/3", 70_000);
    let done = catalog.replace_live_objects(old.clone(), new.clone(), blocks.clone()).await.unwrap();
    assert_eq!(done, Committed::Now);
    let found = catalog.live_blocks(PROJECT, &id("a")).await.unwrap();
    assert_eq!(
        found.iter().map(|block| (block.key, block.place())).collect::<Vec<_>>(),
        [(0, place("live/3", 1)), (1, place("live/3", 0))]
    );
    assert_eq!((found[0].length, found[0].first, found[0].sha256.as_str()), (90, 1000, "cd".repeat(32).as_str()));
    assert!(catalog.live_blocks(PROJECT, &id("b")).await.unwrap().is_empty());
    assert_eq!(catalog.replace_live_objects(old, new, blocks).await.unwrap(), Committed::Before);
    flush_again(&catalog, "live/1", 1000, &["a", "b"]).await;
    assert_eq!(catalog.overdue(6001, 10).await.unwrap(), [(PROJECT, id("a"))], "moving does not make it younger");
}

pub(super) async fn compaction_loses_no_unfinished_block(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    let old = vec!["live/1".to_owned()];
    let lost = catalog.replace_live_objects(old.clone(), object("live/2", 9000), vec![moved("a", 0, 0)]).await;
    let Err(ReplaceObjectsError::WouldLose { session, key: 0 }) = lost else { panic!("{lost:?}") };
    assert_eq!(session, id("b"));
    let blocks = vec![moved("a", 0, 0), moved("b", 0, 1), moved("b", 7, 2)];
    let unknown = catalog.replace_live_objects(old, object("live/2", 9000), blocks).await;
    assert!(matches!(unknown, Err(ReplaceObjectsError::UnknownBlock { key: 7, .. })), "{unknown:?}");
    assert_eq!(catalog.blocks_of_object("live/1").await.unwrap().len(), 2, "a refusal changes nothing");
    flush(&catalog, "live/2", 9000, &["c"]).await;
}

pub(super) async fn a_finisher_finds_a_block_that_was_moved_meanwhile(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    for (from, to) in [("live/1", "live/2"), ("live/2", "live/3")] {
        let replaced = catalog.replace_live_objects(vec![from.into()], object(to, 9000), vec![moved("a", 0, 0)]).await;
        assert_eq!(replaced.unwrap(), Committed::Now);
    }
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    assert_eq!(state_of(&catalog, "a").await, RecordingState::Finished);
    // The same in a rebuild, where only the last object is left.
    let mut block = flushed(0, "b", facts(1000));
    block.block.origins = vec![place("live/8", 4)];
    catalog.commit_flush(object("live/9", 9000), vec![block]).await.unwrap();
    finish(&catalog, "b", 1, 1000, vec![place("live/8", 4)]).await;
    assert_eq!(state_of(&catalog, "b").await, RecordingState::Finished);
}

pub(super) async fn a_deleted_recording_leaves_no_row_and_others_stay(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    flush(&catalog, "live/2", 2000, &["a"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    let new = object("live/3", 70_000);
    let moving = vec![moved("a", 1, 0)];
    assert_eq!(catalog.replace_live_objects(vec!["live/2".into()], new, moving).await.unwrap(), Committed::Now);
    let before = catalog.recording(PROJECT, &id("b")).await.unwrap();

    assert_eq!(catalog.delete_recording(PROJECT, &id("a")).await.unwrap(), Committed::Now);
    assert_eq!(catalog.delete_recording(PROJECT, &id("a")).await.unwrap(), Committed::Before);
    assert_eq!(catalog.delete_recording(ProjectId(2), &id("b")).await.unwrap(), Committed::Before);
    assert_eq!(catalog.recording(PROJECT, &id("a")).await.unwrap(), None);
    assert!(catalog.live_blocks(PROJECT, &id("a")).await.unwrap().is_empty());
    assert_eq!(catalog.recording(PROJECT, &id("b")).await.unwrap(), before);
    assert_eq!(listed(&catalog, newest()).await, ["b"]);
    let of_ann = ListQuery { distinct_ids: Some(vec!["Ann@Example.com".parse().unwrap()]), ..newest() };
    assert_eq!(listed(&catalog, of_ann).await, ["b"]);
    assert_eq!(catalog.quiet(i64::MAX, 10).await.unwrap(), [(PROJECT, id("b"))]);
    assert_eq!(catalog.blocks_of_object("live/1").await.unwrap().len(), 1);
    assert!(catalog.blocks_of_object("live/3").await.unwrap().is_empty());
    // What is left of an object can be moved out of it at once.
    let rest = catalog.replace_live_objects(vec!["live/1".into()], object("live/4", 80_000), vec![moved("b", 0, 0)]);
    assert_eq!(rest.await.unwrap(), Committed::Now);
    catalog.forget_live_object("live/3").await.unwrap();
    catalog.scrub().await.unwrap();
}

pub(super) async fn a_flush_that_is_repeated_does_not_bring_a_deleted_recording_back(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a"]).await;
    assert_eq!(catalog.delete_recording(PROJECT, &id("a")).await.unwrap(), Committed::Now);
    flush_again(&catalog, "live/1", 1000, &["a"]).await;
    catalog.forget_live_object("live/1").await.unwrap();
    flush_again(&catalog, "live/1", 1000, &["a"]).await;
    assert_eq!(catalog.recording(PROJECT, &id("a")).await.unwrap(), None);
}

pub(super) async fn pages_follow_each_other_without_gap_or_repetition(catalog: Subject) {
    // Equal starts too: the session id decides then.
    for (number, start) in [3000, 1000, 2000, 2000, 2000, 5000, 4000].into_iter().enumerate() {
        flush(&catalog, &format!("live/{number}"), start, &[&format!("s{number}")]).await;
    }
    let all = ["s5", "s6", "s0", "s4", "s3", "s2", "s1"];
    for direction in [Direction::Descending, Direction::Ascending] {
        let mut query = ListQuery { limit: 2, direction, ..newest() };
        let mut seen = Vec::new();
        loop {
            let page = catalog.list(query.clone()).await.unwrap();
            assert_eq!(page.has_next, page.next_cursor.is_some());
            assert_eq!(catalog.count(query.clone()).await.unwrap(), 7, "of all pages, whichever is read");
            seen.extend(names(&page).into_iter().map(String::from));
            let Some(cursor) = page.next_cursor else { break };
            query.after = Some(cursor.to_string().parse().unwrap());
        }
        if direction == Direction::Ascending {
            seen.reverse();
        }
        assert_eq!(seen, all);
    }
    assert_eq!(listed(&catalog, ListQuery { offset: 5, ..newest() }).await, ["s2", "s1"]);
    let exact = catalog.list(ListQuery { limit: 7, ..newest() }).await.unwrap();
    assert!(!exact.has_next && exact.next_cursor.is_none());
}

pub(super) async fn filters_select_what_they_say(catalog: Subject) {
    let error = Counts { events: 1, console_error: 1, ..Counts::default() };
    let exception = Counts { events: 1, exceptions: 1, ..Counts::default() };
    let bob = || vec!["bob_100%".parse().unwrap()];
    let blocks = vec![
        flushed(0, "plain", facts(1000)),
        flushed(1, "error", RecordingFacts { counts: error, ..facts(2000) }),
        flushed(2, "exception", RecordingFacts { counts: exception, distinct_ids: bob(), ..facts(3000) }),
        flushed(3, "empty", RecordingFacts { counts: Counts::default(), ..facts(4000) }),
    ];
    catalog.commit_flush(object("live/1", 9000), blocks).await.unwrap();
    assert_eq!(listed(&catalog, newest()).await, ["empty", "exception", "error", "plain"], "live ones are never empty");
    let facts = RecordingFacts { counts: Counts::default(), ..facts(4000) };
    let empty = FinishedRecording { facts, ..finished("empty", 1, 4000, vec![place("live/1", 3)]) };
    catalog.commit_finished(empty).await.unwrap();
    assert_eq!(listed(&catalog, newest()).await, ["exception", "error", "plain"]);
    assert_eq!(listed(&catalog, ListQuery { include_empty: true, ..newest() }).await.len(), 4);
    assert_eq!(listed(&catalog, ListQuery { errors_only: true, ..newest() }).await, ["exception", "error"]);
    assert_eq!(catalog.count(ListQuery { errors_only: true, limit: 1, ..newest() }).await.unwrap(), 2);
    assert_eq!(listed(&catalog, ListQuery { include_empty: true, live_only: true, ..newest() }).await.len(), 3);
    assert_eq!(listed(&catalog, ListQuery { arrived_since: Some(5000), ..newest() }).await, ["exception", "error"]);
    let window = ListQuery { date_from: Some(2000), date_to: Some(3000), ..newest() };
    assert_eq!(listed(&catalog, window).await, ["exception", "error"]);
    let person = |text: &str| ListQuery { person: Some(PersonText(text.into())), ..newest() };
    assert_eq!(listed(&catalog, person("NN@exam")).await, ["error", "plain"]);
    assert_eq!(listed(&catalog, person("_100%")).await, ["exception"], "no wild cards");
    assert_eq!(listed(&catalog, person("%")).await, ["exception"]);
    assert!(listed(&catalog, person("carol")).await.is_empty());
    let page = |text: &str| ListQuery { page: Some(text.into()), ..newest() };
    assert_eq!(listed(&catalog, page("Example/1")).await, ["plain"]);
    let exactly =
        |ids: &[&str]| ListQuery { distinct_ids: Some(ids.iter().map(|id| id.parse().unwrap()).collect()), ..newest() };
    assert_eq!(listed(&catalog, exactly(&["Ann@Example.com", "bob_100%"])).await.len(), 3);
    assert!(listed(&catalog, exactly(&["ann@example.com"])).await.is_empty(), "exact means exact");
    assert!(listed(&catalog, exactly(&[])).await.is_empty());
}

pub(super) async fn orders_sort_by_what_they_say_and_page(catalog: Subject) {
    let counts = |clicks, keypresses, mouse_activity, console_error| Counts {
        events: 1,
        clicks,
        keypresses,
        mouse_activity,
        console_error,
        ..Counts::default()
    };
    // Length, active time (none: live) and counts of each; scores are 6.67, 200, and none for a whole of nothing.
    let recordings = [
        ("a", 60_000, Some(1000), counts(1, 2, 0, 0)),
        ("b", 5000, Some(4000), counts(4, 2, 0, 0)),
        ("c", 0, None, counts(2, 9, 0, 0)),
    ];
    for (number, (session, length, active_ms, counts)) in recordings.into_iter().enumerate() {
        let span = Some(Span { first: 1000, last: 1000 + length });
        let facts = RecordingFacts { span, active_ms, counts, ..facts(1000) };
        let path = format!("live/{number}");
        let flushed = vec![flushed(0, session, facts.clone())];
        catalog.commit_flush(object(&path, 2000), flushed).await.unwrap();
        if active_ms.is_some() {
            let whole = FinishedRecording { facts, ..finished(session, 1, 1000, vec![place(&path, 0)]) };
            catalog.commit_finished(whole).await.unwrap();
        }
    }
    for (order, expected) in [
        (Order::StartTime, ["c", "b", "a"]),
        (Order::Duration, ["a", "b", "c"]),
        (Order::ActiveSeconds, ["b", "a", "c"]),
        (Order::InactiveSeconds, ["a", "b", "c"]),
        (Order::ClickCount, ["b", "c", "a"]),
        (Order::KeypressCount, ["c", "b", "a"]),
        (Order::MouseActivityCount, ["c", "b", "a"]),
        (Order::ConsoleErrorCount, ["c", "b", "a"]),
        (Order::ActivityScore, ["b", "a", "c"]),
    ] {
        let query = ListQuery { order, ..newest() };
        assert_eq!(listed(&catalog, query.clone()).await, expected, "{order:?}");
        let first = catalog.list(ListQuery { limit: 1, ..query.clone() }).await.unwrap();
        let rest = ListQuery { after: first.next_cursor, ..query };
        assert_eq!(listed(&catalog, rest).await, expected[1..], "{order:?}");
    }
}

pub(super) async fn named_recordings_come_in_the_order_of_their_names(catalog: Subject) {
    flush(&catalog, "live/1", 1000, &["a", "b", "c"]).await;
    let named = |ids: &[&str]| ListQuery {
        session_ids: Some(ids.iter().map(|name| id(name)).collect()),
        date_from: Some(i64::MAX),
        ..newest()
    };
    assert_eq!(listed(&catalog, named(&["b", "unknown", "c", "a"])).await, ["b", "c", "a"]);
    assert!(listed(&catalog, named(&[])).await.is_empty());
    assert_eq!(catalog.count(named(&["b", "unknown", "c"])).await.unwrap(), 2);
    let page = catalog.list(ListQuery { limit: 1, offset: 1, ..named(&["b", "c", "a"]) }).await.unwrap();
    assert_eq!((names(&page), page.has_next, page.next_cursor.clone()), (vec!["c"], true, None));
}

pub(super) async fn projects_do_not_see_each_other(catalog: Subject) {
    let mut other = flushed(1, "a", facts(2000));
    other.delta.project = ProjectId(2);
    catalog.commit_flush(object("live/1", 9000), vec![flushed(0, "a", facts(1000)), other]).await.unwrap();
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0), place("live/1", 1)]).await;
    assert_eq!(state_of(&catalog, "a").await, RecordingState::Finished);
    let other = catalog.recording(ProjectId(2), &id("a")).await.unwrap().unwrap();
    assert_eq!((other.state, other.facts.counts.events), (RecordingState::Live, 10));
    assert_eq!(catalog.live_blocks(ProjectId(2), &id("a")).await.unwrap()[0].key, 0);
    let ann = Some(vec!["Ann@Example.com".parse().unwrap()]);
    let query = ListQuery { distinct_ids: ann, ..ListQuery::newest(ProjectId(2)) };
    let page = catalog.list(query).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].project), (1, ProjectId(2)));
    assert!(listed(&catalog, ListQuery::newest(ProjectId(3))).await.is_empty());
}

pub(super) async fn a_rebuild_starts_from_nothing_and_says_when_it_is_done(catalog: Subject) {
    assert_eq!(catalog.completeness().await.unwrap(), Completeness::Partial);
    catalog.set_complete().await.unwrap();
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    let fence = catalog.lease("finish", "node-1", 1000, 100).await.unwrap().unwrap();
    let before = catalog.list(newest()).await.unwrap();
    assert_eq!(catalog.completeness().await.unwrap(), Completeness::Complete);
    catalog.clear().await.unwrap();
    assert_eq!(catalog.completeness().await.unwrap(), Completeness::Partial);
    assert!(listed(&catalog, newest()).await.is_empty());
    assert!(catalog.lease("finish", "node-2", 2000, 100).await.unwrap().unwrap() > fence, "fences outlive a rebuild");
    flush(&catalog, "live/1", 1000, &["a", "b"]).await;
    finish(&catalog, "a", 1, 1000, vec![place("live/1", 0)]).await;
    assert_eq!(catalog.list(newest()).await.unwrap(), before);
    catalog.check().await.unwrap();
}

fn document(project: u32, id: &str, created_at: i64, parent: &str) -> Document {
    let serde_json::Value::Object(body) = serde_json::json!({"collection": parent, "n": created_at}) else {
        unreachable!("an object was written")
    };
    Document {
        project: ProjectId(project),
        kind: "things".into(),
        id: id.into(),
        parent: Some(parent.into()),
        lookup: Some(format!("secret-{id}")),
        created_at,
        changed_at: created_at,
        changes: 1,
        body,
    }
}

pub(super) async fn documents_are_found_by_id_parent_and_lookup_in_order(catalog: Arc<dyn Catalog>) {
    for (project, id, at, parent) in [(1, "a", 30, "x"), (1, "b", 10, "x"), (1, "c", 20, "y"), (2, "a", 40, "x")] {
        catalog.put_document(document(project, id, at, parent)).await.unwrap();
    }
    assert_eq!(catalog.document(ProjectId(1), "things", "a").await.unwrap(), Some(document(1, "a", 30, "x")));
    assert_eq!(catalog.document(ProjectId(1), "others", "a").await.unwrap(), None);
    let found = catalog.document_by_lookup("things", "secret-b").await.unwrap().unwrap();
    assert_eq!((found.project, found.id.as_str()), (ProjectId(1), "b"));
    assert_eq!(catalog.document_by_lookup("things", "secret").await.unwrap(), None);
    let all = DocumentQuery::all("things");
    let one = DocumentQuery { project: Some(ProjectId(1)), ..all.clone() };
    for (query, expected) in [
        (all.clone(), "b c a a"),
        (one.clone(), "b c a"),
        (DocumentQuery { parent: Some("x".into()), ..one.clone() }, "b a"),
        (DocumentQuery { newest_first: true, limit: 2, ..one.clone() }, "a c"),
        (DocumentQuery { newest_first: true, after: Some((20, "c".into())), ..one.clone() }, "b"),
        (DocumentQuery { after: Some((10, "b".into())), ..one }, "c a"),
    ] {
        let ids: Vec<String> = catalog.documents(query).await.unwrap().into_iter().map(|found| found.id).collect();
        assert_eq!(ids.join(" "), expected);
    }
    catalog.remove_document(ProjectId(1), "things", "a").await.unwrap();
    assert_eq!(catalog.document(ProjectId(1), "things", "a").await.unwrap(), None);
    assert!(catalog.document(ProjectId(2), "things", "a").await.unwrap().is_some());
}

pub(super) async fn a_document_that_saw_fewer_changes_replaces_nothing(catalog: Arc<dyn Catalog>) {
    let newer = Document { changes: 3, ..document(1, "a", 10, "x") };
    catalog.put_document(newer.clone()).await.unwrap();
    catalog.put_document(Document { changes: 2, ..document(1, "a", 10, "y") }).await.unwrap();
    assert_eq!(catalog.document(ProjectId(1), "things", "a").await.unwrap(), Some(newer));
    let newest = Document { changes: 4, ..document(1, "a", 10, "z") };
    catalog.put_document(newest.clone()).await.unwrap();
    assert_eq!(catalog.document(ProjectId(1), "things", "a").await.unwrap(), Some(newest));
    catalog.clear().await.unwrap();
    assert_eq!(catalog.document(ProjectId(1), "things", "a").await.unwrap(), None);
}
