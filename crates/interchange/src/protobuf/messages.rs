//! The messages of `docs/format/recording.proto`. A test holds these to that text; numbers never change meaning.
//!
//! `Line` comes in two halves, because only the first message may be a meta, and only a meta has repeated fields, which take
//! many times the memory of their bytes: the first message is bounded, all others cannot grow.

/// The first message.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FirstLine {
    #[prost(message, optional, tag = "1")]
    pub(super) meta: Option<Meta>,
}

/// The first message, where it is large: what it takes to have the line.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LargeFirstLine {
    #[prost(message, optional, tag = "1")]
    pub(super) meta: Option<LargeMeta>,
}

/// All other messages.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LaterLine {
    #[prost(oneof = "Kind", tags = "2, 3, 4, 5, 6, 7, 15")]
    pub(super) kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(message, tag = "2")]
    FullSnapshot(Event),
    #[prost(message, tag = "3")]
    Mutation(Event),
    #[prost(message, tag = "4")]
    Event(Event),
    #[prost(message, tag = "5")]
    Captured(Captured),
    #[prost(message, tag = "6")]
    Checksum(Checksum),
    #[prost(message, tag = "7")]
    End(End),
    #[prost(bytes, tag = "15")]
    Other(Vec<u8>),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Meta {
    #[prost(string, tag = "1")]
    pub(super) format: String,
    #[prost(string, tag = "2")]
    pub(super) session_id: String,
    #[prost(uint32, tag = "3")]
    pub(super) project_id: u32,
    #[prost(int64, tag = "4")]
    pub(super) started_at: i64,
    #[prost(int64, tag = "5")]
    pub(super) ended_at: i64,
    #[prost(int64, tag = "6")]
    pub(super) first_arrival: i64,
    #[prost(int64, tag = "7")]
    pub(super) last_arrival: i64,
    #[prost(uint32, tag = "8")]
    pub(super) revision: u32,
    #[prost(uint32, optional, tag = "9")]
    pub(super) earlier_revision: Option<u32>,
    #[prost(string, repeated, tag = "10")]
    pub(super) distinct_ids: Vec<String>,
    #[prost(string, repeated, tag = "11")]
    pub(super) windows: Vec<String>,
    #[prost(string, optional, tag = "12")]
    pub(super) user_agent: Option<String>,
    #[prost(string, optional, tag = "13")]
    pub(super) source: Option<String>,
    #[prost(string, optional, tag = "14")]
    pub(super) library: Option<String>,
    #[prost(message, optional, tag = "15")]
    pub(super) counts: Option<Counts>,
    #[prost(uint64, tag = "16")]
    pub(super) active_ms: u64,
    #[prost(string, optional, tag = "17")]
    pub(super) first_url: Option<String>,
    #[prost(string, repeated, tag = "18")]
    pub(super) urls: Vec<String>,
    #[prost(string, repeated, tag = "19")]
    pub(super) live_blocks: Vec<String>,
    #[prost(uint64, tag = "20")]
    pub(super) odd_timestamps: u64,
    #[prost(uint64, tag = "21")]
    pub(super) undecoded: u64,
    #[prost(message, repeated, tag = "22")]
    pub(super) other: Vec<Member>,
    #[prost(bytes, tag = "23")]
    pub(super) line: Vec<u8>,
}

/// The fields of [`Meta`] that one of any size has.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LargeMeta {
    #[prost(string, tag = "1")]
    pub(super) format: String,
    #[prost(bytes, tag = "23")]
    pub(super) line: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Counts {
    #[prost(uint64, tag = "1")]
    pub(super) events: u64,
    #[prost(uint64, tag = "2")]
    pub(super) clicks: u64,
    #[prost(uint64, tag = "3")]
    pub(super) keypresses: u64,
    #[prost(uint64, tag = "4")]
    pub(super) mouse_activity: u64,
    #[prost(uint64, tag = "5")]
    pub(super) console_log: u64,
    #[prost(uint64, tag = "6")]
    pub(super) console_warn: u64,
    #[prost(uint64, tag = "7")]
    pub(super) console_error: u64,
    #[prost(uint64, tag = "8")]
    pub(super) exceptions: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Member {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(sint64, tag = "2")]
    pub(super) timestamp: i64,
    #[prost(string, tag = "3")]
    pub(super) window_id: String,
    #[prost(string, tag = "4")]
    pub(super) name: String,
    #[prost(string, optional, tag = "5")]
    pub(super) level: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(super) href: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(super) target: Option<Target>,
    #[prost(bytes, tag = "8")]
    pub(super) event: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Target {
    #[prost(sint64, tag = "1")]
    pub(super) id: i64,
    #[prost(double, optional, tag = "2")]
    pub(super) x: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub(super) y: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Captured {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(sint64, tag = "2")]
    pub(super) timestamp: i64,
    #[prost(string, tag = "3")]
    pub(super) window_id: String,
    #[prost(string, tag = "4")]
    pub(super) name: String,
    #[prost(string, optional, tag = "5")]
    pub(super) distinct_id: Option<String>,
    #[prost(bytes, tag = "6")]
    pub(super) captured: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Checksum {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(uint64, tag = "2")]
    pub(super) lines: u64,
    #[prost(bytes, tag = "3")]
    pub(super) sha256: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct End {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(uint64, tag = "2")]
    pub(super) events: u64,
    #[prost(bytes, tag = "3")]
    pub(super) sha256: Vec<u8>,
}
