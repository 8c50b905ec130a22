//! The floor of a durable answer: the smallest server that inflates a body (the token is inside), appends it with a
//! checksum to a log, and answers once the group of bodies that it belongs to is on disk. It does nothing else.

use std::{
    fs::File,
    io::{BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::Result;
use libdeflater::Decompressor;

use crate::load::Message;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"Ok\"}";
/// Larger than any body of the load inflates to.
const INFLATED_BYTES: usize = 64 << 20;

pub(crate) struct FloorServer {
    pub(crate) address: String,
}

impl FloorServer {
    /// Starts it. Its threads end with the process: the floor is a part of the benchmark, not of a product.
    pub(crate) fn start(log: &Path) -> Result<Self> {
        let log = File::create(log)?;
        let group = Arc::new(Group::default());
        let committer = Arc::clone(&group);
        thread::spawn(move || committer.commit_for_ever(log));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let group = Arc::clone(&group);
                thread::spawn(move || {
                    // An error ends this connection, and the load reports it.
                    drop(serve(stream, &group));
                });
            }
        });
        Ok(Self { address })
    }
}

/// The bodies that wait for the next sync.
#[derive(Default)]
struct Group {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    synced: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    arrived: u64,
    durable: u64,
}

impl Group {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_for_ever(&self, mut log: File) {
        // Two buffers take turns, so that no group allocates.
        let mut bytes = Vec::new();
        loop {
            let mut waiting = self
                .arrived
                .wait_while(self.lock(), |waiting| waiting.bytes.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut bytes, &mut waiting.bytes);
            let upto = waiting.arrived;
            drop(waiting);
            log.write_all(&bytes).and_then(|()| log.sync_data()).expect("the disk takes the floor's log");
            bytes.clear();
            self.lock().durable = upto;
            self.synced.notify_all();
        }
    }

    fn append(&self, body: &[u8]) {
        let checksum = crc32fast::hash(body);
        let mut waiting = self.lock();
        let length = u32::try_from(body.len()).expect("bodies are small");
        waiting.bytes.extend_from_slice(&length.to_le_bytes());
        waiting.bytes.extend_from_slice(&checksum.to_le_bytes());
        waiting.bytes.extend_from_slice(body);
        waiting.arrived += 1;
        let mine = waiting.arrived;
        self.arrived.notify_one();
        drop(self.synced.wait_while(waiting, |waiting| waiting.durable < mine).unwrap_or_else(PoisonError::into_inner));
    }
}

fn serve(stream: TcpStream, group: &Group) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut to = stream.try_clone()?;
    let mut from = BufReader::with_capacity(1 << 18, stream);
    let mut inflated = vec![0; INFLATED_BYTES];
    let mut inflater = Decompressor::new();
    let mut body = Vec::new();
    while let Some(message) = Message::read_into(&mut from, body)? {
        inflater.gzip_decompress(&message.body, &mut inflated)?;
        group.append(&message.body);
        to.write_all(ANSWER)?;
        body = message.body;
    }
    Ok(())
}
