//! Reading a recording without us: the two sample readers of `docs/format/`, and `zstd -dc FILE | jq`.
//!
//! They need `python3` with `zstandard`, `node`, `zstd` and `jq`, which `cargo xtask test` installs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const PYTHON_READER: &str = include_str!("../../../../docs/format/read_recording.py");
const NODE_READER: &str = include_str!("../../../../docs/format/read_recording.mjs");
const README: &str = include_str!("../../../server/src/serve/README.txt");

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn recordings(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("fixtures/recordings").join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending != "txt"));
    paths.sort();
    paths
}

/// The Python that has the package: Debian's own, if there is another in front of it.
fn python() -> &'static str {
    static PYTHON: OnceLock<&str> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let has_package = |program: &&str| {
            let output = Command::new(program).args(["-c", "import zstandard"]).output();
            output.is_ok_and(|output| output.status.success())
        };
        ["python3", "/usr/bin/python3"].into_iter().find(has_package).expect("install python3-zstandard")
    })
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What a reader prints of a recording.
fn printed(program: &str, reader: &Path, recording: &Path) -> String {
    let output = run(Command::new(program).arg(reader).arg(recording));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {errors}", recording.display());
    let damaged = recording.parent().is_some_and(|folder| folder.ends_with("damaged"));
    assert!(errors.is_empty() || damaged, "{program} {}: {errors}", recording.display());
    String::from_utf8(output.stdout).unwrap()
}

fn both(recording: &Path) -> String {
    let folder = repository().join("docs/format");
    let by_python = printed(python(), &folder.join("read_recording.py"), recording);
    let by_node = printed("node", &folder.join("read_recording.mjs"), recording);
    assert_eq!(by_python, by_node, "{}", recording.display());
    by_python
}

#[test]
fn the_readers_have_forty_lines() {
    assert!(PYTHON_READER.lines().count() <= 40);
    assert!(NODE_READER.lines().count() <= 40);
}

#[test]
fn both_readers_say_the_same_of_every_whole_recording() {
    for recording in recordings("v1") {
        let said = both(&recording);
        assert!(said.starts_with("recording \"") && said.ends_with("\nwhole\n"), "{}: {said}", recording.display());
    }
}

#[test]
fn both_readers_find_pages_clicks_and_console_lines() {
    let visit = r#"recording "0198f1c2-5e55-7000-8000-000000000001" of "ann"
     0.000 page "https://shop.example/" in window "w1"
     0.640 click on 77 at 640 333 in window "w1"
     0.900 console "error" "\"no such item\""
     5.000 page "https://shop.example/cart?items=2" in window "w2"
whole
"#;
    for recording in recordings("v1") {
        let name = recording.file_name().unwrap().to_str().unwrap();
        if name.starts_with("visit.") || name.starts_with("recompressed") {
            assert_eq!(both(&recording), visit, "{name}");
        }
    }
    let halves = both(&repository().join("fixtures/recordings/v1/half-emojis.ndjson"));
    assert!(halves.contains(r#"page "https://shop.example/?q=\ud83d" in window"#), "{halves}");
    assert!(halves.contains(r#"console "log" "\"half: \ud83d\"" "\"whole: \ud83e\udd94\"""#), "{halves}");
}

#[test]
fn both_readers_say_that_a_recording_is_cut() {
    let folder = repository().join("fixtures/recordings/damaged");
    let cut = "     0.000 page \"https://shop.example/\" in window \"w1\"\ncut: there is no end line\n";
    assert!(both(&folder.join("cut-in-a-frame.ndjson.zst")).ends_with(cut));
    assert!(both(&folder.join("without-end.ndjson")).ends_with("\ncut: there is no end line\n"));
}

#[test]
fn the_python_in_the_readme_of_a_bucket_reads_a_recording() {
    let code = README.lines().skip_while(|line| !line.starts_with("        import "));
    let code: Vec<&str> = code.map_while(|line| line.strip_prefix("        ")).collect();
    assert!(code.len() <= 10, "{code:#?}");
    let recording = repository().join("fixtures/recordings/v1/visit.ndjson.zst");
    let output = run(Command::new(python()).arg("-c").arg(code.join("\n")).arg(recording));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.contains("0.64 click") && said.contains("https://shop.example/cart?items=2"), "{said}");
}

#[test]
fn zstd_and_jq_read_a_stored_recording() {
    let folder = repository().join("fixtures/recordings/v1");
    for name in ["many-blocks.ndjson.zst", "without-lines.ndjson.zst"] {
        let mut zstd = Command::new("zstd");
        let mut zstd = zstd.arg("-dc").arg(folder.join(name)).stdout(Stdio::piped()).spawn().expect("install zstd");
        let jq = run(Command::new("jq").args(["-c", ".type"]).stdin(zstd.stdout.take().unwrap()));
        assert!(zstd.wait().unwrap().success() && jq.status.success(), "{}", String::from_utf8_lossy(&jq.stderr));
        let types = String::from_utf8(jq.stdout).unwrap();
        assert!(types.starts_with("\"meta\"\n") && types.ends_with("\"checksum\"\n\"end\"\n"), "{types}");
        assert!(name != "many-blocks.ndjson.zst" || types.matches("\"full_snapshot\"").count() == 3, "{types}");
    }
}
