//! The names of objects. They stand here and nowhere else; `README.txt` in the bucket explains them.

use cassette_recording::{ProjectId, RecordingId};

/// How to read everything without Cassette.
pub const README: &str = "README.txt";
/// The layout's version.
pub const VERSION: &str = "cassette.json";
/// Live blocks.
pub const LIVE: &str = "live";
/// All projects.
pub const PROJECTS: &str = "projects";
/// Bodies that could not be decoded.
pub const QUARANTINE: &str = "quarantine";

/// One run of a server process. A new one begins with every start, so names made from it are never used twice.
///
/// Invariant: lower-case hexadecimal digits and `-`; sorts by start time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Incarnation(String);

impl Incarnation {
    /// The process that starts at `started_at` (milliseconds since the epoch); `nonce` tells apart two that start together.
    pub fn new(started_at: i64, nonce: u32) -> Self {
        Self(format!("{:012x}-{nonce:08x}", started_at.max(0)))
    }

    /// The incarnation that a name tells of.
    pub fn from_name(name: &str) -> Option<Self> {
        let fits = name.len() == 21 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        fits.then(|| Self(name.to_owned()))
    }

    /// As it stands in names.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The live object of the journal file `number`, whose first request arrived at `arrived_at` (milliseconds since the
/// epoch). The name depends on the journal alone, so a recovery writes the same one.
pub fn live_object(arrived_at: i64, incarnation: &Incarnation, number: u64) -> String {
    let (day, hour) = day_and_hour(arrived_at);
    format!("{LIVE}/{day}/{hour:02}/{}-{number:08}.blocks", incarnation.as_str())
}

/// A live object that takes the place of others: the `number`-th that this process wrote, at `now` (milliseconds since the
/// epoch).
pub fn compacted(now: i64, incarnation: &Incarnation, number: u64) -> String {
    let (day, hour) = day_and_hour(now);
    format!("{LIVE}/{day}/{hour:02}/{}-{COMPACTED}{number:08}.blocks", incarnation.as_str())
}

/// Whether a live object took the place of others.
pub fn is_compacted(name: &str) -> bool {
    let number = name.rsplit('-').next().and_then(|end| end.strip_suffix(".blocks"));
    number.is_some_and(|number| number.starts_with(COMPACTED))
}

/// Tells the numbers of compacted live objects from those of journal files.
const COMPACTED: char = 'c';

/// A body of the journal file `number` that could not be decoded, the `ordinal`-th there.
pub fn quarantined(arrived_at: i64, incarnation: &Incarnation, number: u64, ordinal: u32) -> String {
    let (day, _) = day_and_hour(arrived_at);
    format!("{QUARANTINE}/{day}/{}-{number:08}-{ordinal:06}", incarnation.as_str())
}

/// The folder of all that is a project's.
pub fn project(project: ProjectId) -> String {
    format!("{PROJECTS}/{project}")
}

/// The folder of a project's finished recordings.
pub fn recordings(project: ProjectId) -> String {
    format!("{PROJECTS}/{project}/recordings")
}

/// A finished recording whose first data arrived at `first_arrival` (milliseconds since the epoch).
///
/// Session ids that differ only in case are different recordings, and must not meet in a folder that is blind to case: a
/// name says behind `_` which of its letters are capitals, where there are any.
pub fn recording(project: ProjectId, first_arrival: i64, session_id: &RecordingId, revision: u32) -> String {
    let (day, _) = day_and_hour(first_arrival);
    let suffix = if revision > 1 { format!(".r{revision}") } else { String::new() };
    let capitals = capitals(session_id.as_str()).map(|bits| format!("_{bits:x}")).unwrap_or_default();
    format!("{}/{day}/{session_id}{capitals}{suffix}.ndjson.zst", recordings(project))
}

/// Bit *n* says that byte *n* is a capital letter; `None` where there are none.
fn capitals(id: &str) -> Option<u128> {
    let bits = id.bytes().zip(0..).fold(0, |bits: u128, (byte, at)| bits | u128::from(byte.is_ascii_uppercase()) << at);
    (bits != 0).then_some(bits)
}

/// What [`recording`] put into a name: the recording and its revision.
pub fn read_recording_name(name: &str) -> Option<(RecordingId, u32)> {
    read_stem(name.rsplit('/').next()?.strip_suffix(".ndjson.zst")?)
}

fn read_stem(stem: &str) -> Option<(RecordingId, u32)> {
    let (id, revision) = match stem.rsplit_once(".r") {
        Some((id, revision)) => (id, revision.parse().ok().filter(|&r| r > 1)?),
        None => (stem, 1),
    };
    let id = id.split_once('_').map_or(id, |(id, _)| id);
    Some((id.parse().ok()?, revision))
}

/// The folder of a project's keyframes.
pub fn keyframes(project: ProjectId) -> String {
    format!("{PROJECTS}/{project}/keyframes")
}

/// The keyframes of the finished recording of that name.
pub fn keyframes_of(recording: &str) -> Option<String> {
    let (project, rest) = recording.strip_prefix(PROJECTS)?.strip_prefix('/')?.split_once('/')?;
    let stem = rest.strip_prefix("recordings/")?.strip_suffix(".ndjson.zst")?;
    Some(format!("{PROJECTS}/{project}/keyframes/{stem}{KEYFRAMES_ENDING}"))
}

/// What [`keyframes_of`] put into a name: the recording and its revision.
pub fn read_keyframes_name(name: &str) -> Option<(RecordingId, u32)> {
    read_stem(name.rsplit('/').next()?.strip_suffix(KEYFRAMES_ENDING)?)
}

const KEYFRAMES_ENDING: &str = ".keyframes";

/// The folder of a document's changes.
pub fn document(project: ProjectId, kind: &str, id: &str) -> String {
    format!("{PROJECTS}/{project}/{kind}/{id}")
}

/// One change of the document whose folder it is, made at `at` (milliseconds since the epoch).
pub fn document_change(folder: &str, at: i64, nonce: u32) -> String {
    format!("{folder}/{:012x}-{nonce:08x}.json", at.max(0))
}

/// What [`document`] and [`document_change`] put into a name: project, kind and id.
pub fn read_document_name(name: &str) -> Option<(ProjectId, &str, &str)> {
    let mut parts = name.strip_prefix(PROJECTS)?.strip_prefix('/')?.split('/');
    let (project, kind, id, change) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none() && change.ends_with(".json") && read_change_time(name).is_some();
    fits.then_some((ProjectId(project.parse().ok()?), kind, id))
}

/// When the change of that name was made, in milliseconds since the epoch.
pub fn read_change_time(name: &str) -> Option<i64> {
    let (at, _) = name.rsplit('/').next()?.split_once('-')?;
    i64::from_str_radix(at, 16).ok()
}

/// The folder of a project's person changes.
pub fn persons(project: ProjectId) -> String {
    format!("{PROJECTS}/{project}/persons")
}

/// The family of the `part`-th object of person changes that the journal file `number` left, whose first request arrived at
/// `arrived_at` (milliseconds since the epoch). As of a live object, the name depends on the journal alone.
pub fn person_family(arrived_at: i64, incarnation: &Incarnation, number: u64, part: usize) -> String {
    let (day, _) = day_and_hour(arrived_at);
    format!("{day}/{}-{number:08}-{part:04}", incarnation.as_str())
}

/// The family of the person changes that an import brought, by the digest of what they say.
pub fn imported_person_family(arrived_at: i64, digest: &str) -> String {
    let (day, _) = day_and_hour(arrived_at);
    format!("{day}/import-{digest}")
}

/// The first object of a family, or one that holds what was left of it after an erasure, by the digest of that.
pub fn person_object(project: ProjectId, family: &str, digest: Option<&str>) -> String {
    let digest = digest.map(|digest| format!(".{digest}")).unwrap_or_default();
    format!("{}/{family}{digest}{PERSONS_ENDING}", persons(project))
}

/// What [`person_object`] put into a name: the project and the family.
pub fn read_person_object(name: &str) -> Option<(ProjectId, &str)> {
    let (project, rest) = name.strip_prefix(PROJECTS)?.strip_prefix('/')?.split_once('/')?;
    let stem = rest.strip_prefix("persons/")?.strip_suffix(PERSONS_ENDING)?;
    let family = stem.split_once('.').map_or(stem, |(family, _)| family);
    (family.split('/').count() == 2).then_some((ProjectId(project.parse().ok()?), family))
}

const PERSONS_ENDING: &str = ".persons";

/// The folder of what was sent to a project and not taken.
pub fn refusals_of(project: ProjectId) -> String {
    format!("{PROJECTS}/{project}/refusals")
}

/// The `number`-th object in which a process tells what was not taken on the day of `at` (milliseconds since the epoch).
pub fn refusals(project: ProjectId, at: i64, incarnation: &Incarnation, number: u32) -> String {
    let (day, _) = day_and_hour(at);
    format!("{}/{day}/counts-{}-{number:08}.json", refusals_of(project), incarnation.as_str())
}

/// What [`refusals`] put into a name: the beginning of the day (milliseconds since the epoch), the process and the number.
pub fn read_refusals_name(name: &str) -> Option<(i64, Incarnation, u32)> {
    let mut parts = name.rsplit('/');
    let stem = parts.next()?.strip_prefix("counts-")?.strip_suffix(".json")?;
    let day = time::Date::parse(parts.next()?, time::macros::format_description!("[year]-[month]-[day]")).ok()?;
    let (incarnation, number) = stem.rsplit_once('-')?;
    let at = day.midnight().assume_utc().unix_timestamp() * 1000;
    Some((at, Incarnation::from_name(incarnation)?, number.parse().ok()?))
}

/// The UTC day as `yyyy-mm-dd`, and the hour.
fn day_and_hour(at: i64) -> (String, u8) {
    let at = time::OffsetDateTime::from_unix_timestamp(at.div_euclid(1000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = at.to_calendar_date();
    (format!("{year:04}-{:02}-{day:02}", u8::from(month)), at.hour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_layout() {
        let incarnation = Incarnation::new(1_795_245_310_102, 0xABC);
        assert_eq!(Incarnation::from_name(incarnation.as_str()), Some(incarnation.clone()));
        assert_eq!(
            live_object(1_795_245_310_102, &incarnation, 7),
            "live/2026-11-21/07/01a1fcf58096-00000abc-00000007.blocks"
        );
        let rewritten = compacted(1_795_245_310_102, &incarnation, 7);
        assert_eq!(rewritten, "live/2026-11-21/07/01a1fcf58096-00000abc-c00000007.blocks");
        assert!(is_compacted(&rewritten) && !is_compacted(&live_object(0, &incarnation, 7)));
        let id: RecordingId = "a-1".parse().unwrap();
        assert_eq!(recording(ProjectId(1), 0, &id, 1), "projects/1/recordings/1970-01-01/a-1.ndjson.zst");
        let change = document_change(&document(ProjectId(1), "keys", "ab-1"), 1_795_245_310_102, 7);
        assert_eq!(change, "projects/1/keys/ab-1/01a1fcf58096-00000007.json");
        assert_eq!(read_document_name(&change), Some((ProjectId(1), "keys", "ab-1")));
        assert_eq!(read_document_name("projects/1/recordings/1970-01-01/a-1.ndjson.zst"), None);
        assert_eq!(recording(ProjectId(1), 0, &id, 3), "projects/1/recordings/1970-01-01/a-1.r3.ndjson.zst");
    }

    #[test]
    fn person_changes_are_known_by_their_family() {
        let incarnation = Incarnation::new(1_795_245_310_102, 0xABC);
        let family = person_family(1_795_245_310_102, &incarnation, 7, 0);
        assert_eq!(family, "2026-11-21/01a1fcf58096-00000abc-00000007-0000");
        let first = person_object(ProjectId(3), &family, None);
        assert_eq!(first, format!("projects/3/persons/{family}.persons"));
        for name in [first, person_object(ProjectId(3), &family, Some("00ff"))] {
            assert_eq!(read_person_object(&name), Some((ProjectId(3), &*family)), "{name}");
            assert_eq!((read_recording_name(&name), read_document_name(&name)), (None, None), "{name}");
        }
        assert_eq!(read_person_object("projects/3/persons/x.persons"), None);
    }

    #[test]
    fn counts_of_refusals_are_known_by_their_name_and_are_no_documents() {
        let incarnation = Incarnation::new(1_795_245_310_102, 0xABC);
        let name = refusals(ProjectId(3), 1_795_245_310_102, &incarnation, 7);
        assert_eq!(name, "projects/3/refusals/2026-11-21/counts-01a1fcf58096-00000abc-00000007.json");
        assert_eq!(read_refusals_name(&name), Some((1_795_219_200_000, incarnation, 7)));
        assert_eq!(
            (read_document_name(&name), read_recording_name(&name), read_person_object(&name)),
            (None, None, None)
        );
        assert_eq!(read_refusals_name("projects/3/refusals/2026-11-21/other.json"), None);
    }

    #[test]
    fn ids_that_differ_in_case_do_not_meet_on_a_case_blind_folder() {
        let names = ["abc", "Abc", "aBC", "ABC"].map(|id| recording(ProjectId(1), 0, &id.parse().unwrap(), 1));
        let folded: std::collections::HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), names.len(), "{names:?}");
        // The longest id has room for a bit per character.
        recording(ProjectId(1), 0, &"Z".repeat(70).parse().unwrap(), 1);
    }

    #[test]
    fn a_recording_is_known_by_its_name() {
        let id: RecordingId = "a-1".parse().unwrap();
        for revision in [1, 2, 30] {
            let name = recording(ProjectId(1), 0, &id, revision);
            assert_eq!(read_recording_name(&name), Some((id.clone(), revision)));
        }
        let capitals: RecordingId = "aBc-DE".parse().unwrap();
        let name = recording(ProjectId(1), 0, &capitals, 2);
        assert_eq!(name, "projects/1/recordings/1970-01-01/aBc-DE_32.r2.ndjson.zst");
        assert_eq!(read_recording_name(&name), Some((capitals, 2)));
        let keyframes = keyframes_of(&name).unwrap();
        assert_eq!(keyframes, "projects/1/keyframes/1970-01-01/aBc-DE_32.r2.keyframes");
        assert_eq!(read_keyframes_name(&keyframes), read_recording_name(&name));
        assert_eq!((read_recording_name(&keyframes), read_keyframes_name(&name)), (None, None));
        assert_eq!((read_document_name(&keyframes), keyframes_of(&keyframes)), (None, None));
        assert_eq!(read_recording_name("projects/1/recordings/x/notes.txt"), None);
        assert_eq!(read_recording_name("a.r1.ndjson.zst"), None);
    }
}
