//! gzip to bytes, in two ways.
//!
//! libdeflate is two to four times as fast as any streaming decoder but wants the whole output buffer, and gives nothing
//! at all for a body that was cut off. So it goes first, and a streaming decoder takes what it refuses: it yields all
//! that stands before the damage.
//!
//! ## What is accepted
//! Several members back to back; junk behind the last one; an ISIZE field that lies (it is a hint under a hard limit).
//!
//! ## What is paid for
//! All that is decoded is taken from the request's budget, also if it is of no use in the end: otherwise many damaged
//! members could buy any amount of work. Whoever exceeds the budget has spent it.

use std::io::Read;

use flate2::bufread::GzDecoder;
use libdeflater::{DecompressionError, Decompressor};

use super::budget::Budget;

/// The first two bytes of every gzip member. The third and fourth (method, flags) are left to the decoder: with a file
/// name inside the flags are not 0.
pub(crate) const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// deflate cannot shrink anything to less than this part (258 bytes from two bits, roughly).
const MAX_RATIO: usize = 1032;

/// What a member costs in the slow way besides its bytes, in bytes: setting up a decoder. Without it a body of a million
/// empty members would be free.
const MEMBER_COST: usize = 16 << 10;

/// Undoes gzip. Keep one: it owns libdeflate's tables.
pub(crate) struct Gunzip {
    fast: Decompressor,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gunzipped {
    /// Bytes written.
    pub(crate) length: usize,
    /// The input ended early or its checksum is wrong: the bytes are those before the damage.
    pub(crate) damaged: bool,
}

/// Why nothing came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GunzipError {
    /// Not one byte could be decoded.
    Damaged,
    /// More would come out than the budget allows.
    OverBudget,
}

impl Gunzip {
    pub(crate) fn new() -> Self {
        Self { fast: Decompressor::new() }
    }

    /// Writes what `gz` holds to `out` from `start` on.
    ///
    /// `out` is scratch memory: its length is what it owns, it only ever grows, and what stands behind the returned
    /// length means nothing. That saves clearing it for every member.
    pub(crate) fn run(
        &mut self,
        gz: &[u8],
        out: &mut Vec<u8>,
        start: usize,
        budget: &mut Budget,
    ) -> Result<Gunzipped, GunzipError> {
        let limit = budget.left();
        if limit == 0 {
            return Err(GunzipError::OverBudget);
        }
        let mut room = size_hint(gz).max(1);
        loop {
            room = room.min(limit);
            if out.len() < start + room {
                out.resize(start + room, 0);
            }
            let usable = (out.len() - start).min(limit);
            match self.fast.gzip_decompress(gz, &mut out[start..start + usable]) {
                Ok(length) if is_one_member(gz, &out[start..start + length]) => {
                    budget.spend(length);
                    return Ok(Gunzipped { length, damaged: false });
                }
                Err(DecompressionError::InsufficientSpace) if usable == limit => {
                    budget.spend(limit);
                    return Err(GunzipError::OverBudget);
                }
                Err(DecompressionError::InsufficientSpace) => room = usable.saturating_mul(2),
                Ok(_) | Err(DecompressionError::BadData) => return stream(gz, out, start, budget),
            }
        }
    }
}

/// What the last four bytes say of the length, or a guess; bounded by what deflate can do.
fn size_hint(gz: &[u8]) -> usize {
    let said = gz.last_chunk::<4>().map_or(0, |isize| u32::from_le_bytes(*isize) as usize);
    let likely = if said == 0 { gz.len().saturating_mul(4) } else { said };
    likely.min(gz.len().saturating_mul(MAX_RATIO))
}

/// libdeflate stops behind the first member and does not say where that is. This one is the only member if the magic
/// does not occur again, or if no occurrence stands behind this member's own trailer.
fn is_one_member(gz: &[u8], decoded: &[u8]) -> bool {
    let again = memchr::memmem::find_iter(&gz[1..], &MAGIC);
    let mut trailer = None;
    for at in again.map(|at| at + 1) {
        let Some(before) = at.checked_sub(8).and_then(|from| gz[from..].first_chunk::<8>()) else { continue };
        let length = u32::from_le_bytes([before[4], before[5], before[6], before[7]]);
        if length as usize == decoded.len() && *before == *trailer.get_or_insert_with(|| trailer_of(decoded)) {
            return false;
        }
    }
    true
}

/// The eight bytes that end the member which decodes to `decoded`.
fn trailer_of(decoded: &[u8]) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&libdeflater::crc32(decoded).to_le_bytes());
    let length = u32::try_from(decoded.len()).expect("a request decodes to less than 4 GiB");
    trailer[4..].copy_from_slice(&length.to_le_bytes());
    trailer
}

/// The slow way: member after member, as far as it goes.
fn stream(gz: &[u8], out: &mut Vec<u8>, start: usize, budget: &mut Budget) -> Result<Gunzipped, GunzipError> {
    let mut length = 0;
    let mut rest = gz;
    let mut damaged = false;
    while rest.starts_with(&MAGIC) {
        pay(budget, MEMBER_COST)?;
        let mut member = GzDecoder::new(rest);
        let (read, broken) = read_member(&mut member, out, start + length, budget)?;
        // Bytes of junk may happen to be the magic: what breaks at once, behind a whole member, is no member.
        damaged = broken && (read > 0 || length == 0);
        length += read;
        rest = member.into_inner();
        if broken {
            break;
        }
    }
    match length {
        0 if damaged || gz.is_empty() => Err(GunzipError::Damaged),
        _ => Ok(Gunzipped { length, damaged }),
    }
}

/// Reads one member to its end, to `out` from `start` on; returns its length, and whether it is broken there.
fn read_member(
    member: &mut impl Read,
    out: &mut Vec<u8>,
    start: usize,
    budget: &mut Budget,
) -> Result<(usize, bool), GunzipError> {
    const STEP: usize = 64 << 10;
    let mut end = start;
    loop {
        if out.len() < end + STEP {
            out.resize((end + STEP).max(out.len() + out.len() / 2), 0);
        }
        match member.read(&mut out[end..]) {
            Ok(0) => return Ok((end - start, false)),
            Ok(read) => {
                pay(budget, read)?;
                end += read;
            }
            Err(_) => return Ok((end - start, true)),
        }
    }
}

fn pay(budget: &mut Budget, bytes: usize) -> Result<(), GunzipError> {
    let enough = bytes <= budget.left();
    budget.spend(bytes);
    if enough { Ok(()) } else { Err(GunzipError::OverBudget) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::fastest());
        let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
        let length = compressor.gzip_compress(bytes, &mut out).unwrap();
        out.truncate(length);
        out
    }

    fn run(gz: &[u8], limit: usize) -> Result<(Vec<u8>, bool), GunzipError> {
        let mut out = b"kept".to_vec();
        let done = Gunzip::new().run(gz, &mut out, 4, &mut Budget::of(limit))?;
        assert!(out.starts_with(b"kept"));
        Ok((out[4..4 + done.length].to_vec(), done.damaged))
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn several_members_are_read_even_equal_ones() {
        let one = noise(5000);
        for count in [1, 2, 3] {
            let gz = gzip(&one).repeat(count);
            assert_eq!(run(&gz, 1 << 20), Ok((one.repeat(count), false)), "{count}");
        }
        let two = [gzip(b"short"), gzip(&one), gzip(b"")].concat();
        assert_eq!(run(&two, 1 << 20).unwrap().0, [b"short".as_slice(), &one].concat());
    }

    #[test]
    fn junk_behind_the_last_member_is_ignored() {
        for junk in [&b"junk"[..], &MAGIC, &[0; 100], &[0x1F, 0x8B, 8, 0, 0, 0]] {
            let gz = [gzip(b"good"), junk.to_vec()].concat();
            assert_eq!(run(&gz, 1 << 20), Ok((b"good".to_vec(), false)), "{junk:?}");
        }
    }

    #[test]
    fn a_lying_size_field_changes_nothing() {
        let bytes = noise(10_000);
        for said in [0u32, 1, 9_999, u32::MAX] {
            let mut gz = gzip(&bytes);
            let end = gz.len();
            gz[end - 4..].copy_from_slice(&said.to_le_bytes());
            // The member itself is now damaged (its length is wrong), but all of it is read.
            assert_eq!(run(&gz, 1 << 20), Ok((bytes.clone(), true)), "{said}");
            let followed = [gzip(&bytes), said.to_le_bytes().to_vec()].concat();
            assert_eq!(run(&followed, 1 << 20), Ok((bytes.clone(), false)), "{said}");
        }
    }

    #[test]
    fn what_stands_before_the_cut_is_salvaged() {
        let bytes = noise(100_000);
        let gz = gzip(&bytes);
        let (salvaged, damaged) = run(&gz[..gz.len() / 2], 1 << 20).unwrap();
        assert!(damaged && salvaged.len() > 30_000 && bytes.starts_with(&salvaged));
        assert_eq!(run(&gz[..10], 1 << 20), Err(GunzipError::Damaged));
        assert_eq!(run(&MAGIC, 1 << 20), Err(GunzipError::Damaged));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![b' '; 10 << 20]);
        assert_eq!(run(&bomb, 1 << 20), Err(GunzipError::OverBudget));
        assert_eq!(run(&bomb, 10 << 20).unwrap().0.len(), 10 << 20);
        assert_eq!(run(&bomb.repeat(3), 20 << 20), Err(GunzipError::OverBudget));
        assert_eq!(run(&bomb[..bomb.len() - 5], 1 << 20), Err(GunzipError::OverBudget));
    }

    #[test]
    fn what_is_decoded_in_vain_is_paid_for() {
        let mut budget = Budget::of(1 << 20);
        let mut gunzip = Gunzip::new();
        let mut run = |gz: &[u8], budget: &mut Budget| gunzip.run(gz, &mut Vec::new(), 0, budget);
        let cut = &gzip(&noise(10_000))[..5000];
        assert!(run(cut, &mut budget).unwrap().damaged);
        assert!(budget.left() < (1 << 20) - 4000);
        let many = gzip(b"").repeat(1000);
        assert_eq!(run(&many, &mut budget), Err(GunzipError::OverBudget));
        assert_eq!(budget.left(), 0);
        assert_eq!(run(&gzip(b"good"), &mut budget), Err(GunzipError::OverBudget));
    }

    #[test]
    fn an_empty_member_is_empty() {
        assert_eq!(run(&gzip(b""), 10), Ok((Vec::new(), false)));
    }
}
