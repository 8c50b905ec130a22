//! The known word that is most like an unknown one.

/// The word of `known` with the smallest edit distance to `word`.
pub(super) fn of(word: &str, known: impl Iterator<Item = &'static str>) -> &'static str {
    known.min_by_key(|candidate| distance(word, candidate)).unwrap_or("")
}

/// Insertions, deletions and replacements that make one text the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, &d) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(c != d);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("liste", "listen"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(of("dat", ["listen", "data"].into_iter()), "data");
    }
}
