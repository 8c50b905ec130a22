//! A file of any form, or of none.
#![no_main]

use cassette_fuzz::{assert_carried, lines, read_in};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((first, recording)) = read_in(bytes) {
        assert_carried(&recording);
        let (again, same) = read_in(bytes).expect("what was read once is read again");
        assert_eq!(first.kind, again.kind);
        assert!(recording == same, "the same file gives the same recording");
        assert!(lines(&recording).ends_with(b"\n"));
    }
});
