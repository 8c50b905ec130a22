//! Every bound of the product, with the reason for its number.

/// A request body as it came over the network. The SDK splits its buffer at 6.6 MB of already compressed JSON, so twice
/// that leaves room for a single huge full snapshot; PostHog's own SDKs never send more.
pub const BODY_BYTES: usize = 20 << 20;

/// Decoded bytes of one request: the outer body and all its members together. A real body grows by 6 (measured on the
/// heavy corpus), so this stops bombs and nothing else.
pub const DECODED_BYTES_PER_REQUEST: usize = 192 << 20;

/// Items of one request. Real requests hold one to a few dozen; an item costs a few hundred bytes while it is read.
pub const ITEMS_PER_REQUEST: usize = 20_000;

/// rrweb events of one request. Real requests hold at most some thousands; noting one costs some dozen bytes.
pub const EVENTS_PER_REQUEST: usize = 1_000_000;

/// `$session_id`. PostHog's are UUIDs of 36 characters.
pub const RECORDING_ID_CHARS: usize = 70;

/// `$window_id`. PostHog's are UUIDs of 36 characters.
pub const WINDOW_ID_BYTES: usize = 200;

/// `distinct_id`. PostHog cuts at 400 characters; four bytes each.
pub const DISTINCT_ID_BYTES: usize = 1600;

/// Raw bytes at which a block of a finished recording is closed: small enough that a seek decodes well under a
/// millisecond, and costs 2 % of compression ratio against one large frame.
pub const FILE_BLOCK_BYTES: usize = 256 << 10;

/// A full snapshot begins a new block of a finished recording unless the open one is smaller than this: seeking starts at
/// full snapshots, and a frame of a few lines compresses badly.
pub const FILE_BLOCK_TINY_BYTES: usize = 16 << 10;

/// One line of a recording that readers take. A line holds one event, and a request's decoded bytes are bounded below this;
/// the rest is room for files that others wrote.
pub const FILE_LINE_BYTES: usize = 256 << 20;

/// Raw bytes at which the collector seals a live block.
pub const LIVE_BLOCK_BYTES: usize = 1 << 20;

/// Lines that the collector holds uncompressed, of all recordings together. Ordinary load stays far below: a journal file
/// of 32 MiB rarely grows by more than 6. Bodies made to grow by 1000 would fill the memory without it.
pub const OPEN_LINES_BYTES: usize = 128 << 20;

/// Distinct URLs kept per recording, as PostHog keeps them; for lists and filters, not for playing.
pub const URLS_PER_RECORDING: usize = 25;

/// Bytes kept of one URL.
pub const URL_BYTES: usize = 4096;

/// Distinct ids and windows kept per recording.
pub const IDS_PER_RECORDING: usize = 1000;

/// Moments of trouble that are kept of a recording, the earliest; all are counted. A time line shows no more.
pub const SIGNALS_PER_RECORDING: usize = 500;

/// Changes of a clock's correction that are kept of a recording, the earliest. A machine's clock is set once or twice a day.
pub const CLOCK_JUMPS_PER_RECORDING: usize = 100;

/// Nodes that are remembered while signals are looked for, of all windows together: fields, links and the like. Large pages
/// have some thousands; at 32 bytes each this is 8 MB.
pub const SIGNAL_NODES: usize = 250_000;

/// JSON nesting that the pipeline reads. The reader needs one bit a level and no stack, so the bound only keeps absurd
/// input from costing memory; browsers stop parsing HTML at 512 levels.
pub const JSON_DEPTH: usize = 1 << 20;

/// Runs that a merge reads at the same time. Each holds a compressed block, a decompressor and a line, so this bounds the finisher's
/// memory; ordinary recordings overlap in two or three.
pub const MERGE_FAN_IN: usize = 48;

/// Bytes of what one item may say of a person: as many as a person's properties may have together.
pub const PERSON_CHANGE_BYTES: usize = 64 << 10;

/// Bytes of a person's properties, names included. Those beyond, in the order of their names, are left out.
pub const PERSON_PROPERTIES_BYTES: usize = 64 << 10;

/// Distinct ids of a person that answers list. PostHog warns above 2,500; people have a handful.
pub const DISTINCT_IDS_PER_PERSON: usize = 1000;

/// Bytes of lines at which an object of person changes is sealed before its cut: what waits for a flush must fit into
/// memory, whatever bodies were made to grow to.
pub const PERSON_LINES_BYTES: usize = 8 << 20;

/// Bytes of an object of person changes after decompression: the lines above, and one more of the longest.
pub const PERSON_OBJECT_BYTES: usize = 64 << 20;
