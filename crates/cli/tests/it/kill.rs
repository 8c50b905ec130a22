//! Nothing answered 200 is lost or doubled when the process dies at any moment.
//!
//! Eight connections send items while the server is killed with signal 9 and started again, round after round. A
//! connection that breaks leaves its item in doubt: half of these are sent again with the same uuid, as the SDK does it;
//! the others stay in doubt and may be there once or not at all. `CASSETTE_TEST_KILL_ROUNDS` sets the number of rounds,
//! `CASSETTE_TEST_SEED` repeats a run's choices.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use cassette_testkit::{Client, Server, Settings};

use crate::{binary, finished, sdk};

const CONNECTIONS: u64 = 8;
const SESSIONS: u64 = 12;

/// The running server, as the connections see it: the number grows with each start.
struct Target {
    client: Mutex<Client>,
    starts: AtomicU64,
    stop: AtomicBool,
}

/// What became of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Answered,
    InDoubt,
}

#[test]
fn whatever_was_answered_is_there_exactly_once_after_every_kill() {
    let rounds = number("CASSETTE_TEST_KILL_ROUNDS").unwrap_or(2);
    let seed = number("CASSETTE_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(0) >> 32);
    eprintln!("{rounds} rounds, CASSETTE_TEST_SEED={seed}");
    let mut server = Server::start(binary(), Settings::default().finish_after("2s"));
    let target = Arc::new(Target {
        client: Mutex::new(server.client()),
        starts: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    });
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let target = Arc::clone(&target);
            thread::spawn(move || Connection::new(seed, number).run(&target))
        })
        .collect();
    let mut chance = Chance(seed);
    for round in 0..rounds {
        thread::sleep(Duration::from_millis(100 + chance.below(700)));
        drop(server.kill9());
        server.start_again();
        *target.client.lock().unwrap_or_else(PoisonError::into_inner) = server.client();
        target.starts.store(round + 1, Ordering::SeqCst);
    }
    thread::sleep(Duration::from_millis(300));
    target.stop.store(true, Ordering::SeqCst);
    let mut fates = BTreeMap::new();
    for connection in connections {
        fates.extend(connection.join().expect("a connection ends by itself"));
    }
    assert_exactly_once(&server.client(), seed, &fates);
}

/// How long data that was answered may take to be in finished recordings, all sessions together.
const THERE_WITHIN: Duration = Duration::from_secs(120);

fn assert_exactly_once(client: &Client, seed: u64, fates: &BTreeMap<String, Fate>) {
    let answered = fates.values().filter(|fate| **fate == Fate::Answered).count();
    eprintln!("{answered} items answered, {} in doubt", fates.len() - answered);
    assert!(answered > 0, "the test sent something");
    let begun = Instant::now();
    loop {
        let held = held(client, seed);
        let times = |uuid: &String| held.get(uuid).copied().unwrap_or(0);
        let strange: Vec<&String> = held.keys().filter(|uuid| !fates.contains_key(*uuid)).collect();
        assert!(strange.is_empty(), "never sent: {strange:?}");
        let doubled: Vec<&String> = fates.keys().filter(|uuid| times(uuid) > 1).collect();
        assert!(doubled.is_empty(), "{} of {} items are there twice: {:?}", doubled.len(), fates.len(), some(&doubled));
        let lost: Vec<&String> = fates
            .iter()
            .filter(|(uuid, fate)| **fate == Fate::Answered && times(uuid) == 0)
            .map(|(uuid, _)| uuid)
            .collect();
        if lost.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < THERE_WITHIN,
            "{} of {answered} answered items are lost: {:?}",
            lost.len(),
            some(&lost)
        );
        thread::sleep(Duration::from_millis(500));
    }
}

fn some<'a>(all: &'a [&String]) -> &'a [&'a String] {
    &all[..all.len().min(20)]
}

/// How often each item is in the finished recordings.
fn held(client: &Client, seed: u64) -> BTreeMap<String, u64> {
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..SESSIONS {
        let export = finished(client, &session(seed, number));
        for name in export.events().filter_map(|line| line.event_text().and_then(sdk::marker_name)) {
            *held.entry(name.to_owned()).or_default() += 1;
        }
    }
    held
}

struct Connection {
    seed: u64,
    number: u64,
    chance: Chance,
    fates: BTreeMap<String, Fate>,
}

impl Connection {
    fn new(seed: u64, number: u64) -> Self {
        Self { seed, number, chance: Chance(seed ^ (number + 1)), fates: BTreeMap::new() }
    }

    fn run(mut self, target: &Target) -> BTreeMap<String, Fate> {
        let mut sent = 0;
        while !target.stop.load(Ordering::SeqCst) {
            sent += 1;
            let uuid = format!("{:08x}-0000-7000-8{:03x}-{sent:012x}", self.seed & 0xffff_ffff, self.number);
            let session = session(self.seed, self.chance.below(SESSIONS));
            let mut events = vec![sdk::marker(sdk::now_ms(), &uuid)];
            if sent % 16 == 1 {
                let size = usize::try_from(self.chance.below(100_000)).expect("small");
                events.insert(0, sdk::full_snapshot(sdk::now_ms(), size));
            }
            let body = sdk::Item::new(&uuid, &session, &events).body();
            let body = if sent % 2 == 0 { sdk::gzip(&body) } else { body };
            let fate = self.send(target, &body);
            self.fates.insert(uuid, fate);
        }
        self.fates
    }

    /// Sends until it is answered 200, or the connection breaks and chance says not to try again.
    fn send(&mut self, target: &Target, body: &[u8]) -> Fate {
        let begun = Instant::now();
        loop {
            let start = target.starts.load(Ordering::SeqCst);
            let client = target.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match client.post("/s/", "text/plain", body) {
                Ok(answer) if answer.status == 200 => return Fate::Answered,
                Ok(answer) => {
                    assert_eq!(answer.status, 503, "only back-pressure is allowed here: {}", answer.text());
                    thread::sleep(Duration::from_millis(20));
                }
                Err(_) if self.chance.below(2) == 0 => return Fate::InDoubt,
                Err(_) => {
                    while target.starts.load(Ordering::SeqCst) == start && !target.stop.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(5));
                    }
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "an item was not taken within two minutes");
        }
    }
}

fn session(seed: u64, number: u64) -> String {
    format!("kill-{seed:x}-{number}")
}

fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// Numbers that look random and are the same for the same seed (a linear congruential generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
