//! What a recording must be like to be listed: a tree of conditions, as the API's filters come to.
//!
//! What is asked of events and console lines is asked of the search rows ([`super::SearchRows`]), which hold the first few
//! hundred of each recording. A condition says nothing of how it is looked up.

use std::fmt;

use cassette_recording::signals::SignalKind;

/// A condition. Of recordings that are running it asks what is known so far.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of them hold.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Something that is counted or measured.
    Number(Metric, Test),
    /// Something that is said of the recording; of what is said several times, one will do.
    Text(Field, Test),
    /// There is an analytics event like this.
    Event(EventTest),
    /// The person has a property like this, by what the recording's own events set.
    Person(PropertyTest),
    /// There is a console line like this.
    Console(ConsoleTest),
    /// It was not marked as viewed: by this user, or by anybody.
    NotViewed(Option<String>),
}

/// Numbers of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Whole seconds.
    Duration,
    /// Seconds; only of finished recordings.
    ActiveSeconds,
    /// Seconds; only of finished recordings.
    InactiveSeconds,
    /// Clicks.
    Clicks,
    /// Input events.
    Keypresses,
    /// Mouse events.
    MouseActivity,
    /// Console lines that are neither warnings nor errors.
    ConsoleLog,
    /// Console warnings.
    ConsoleWarn,
    /// Console errors.
    ConsoleError,
    /// Exceptions that were captured.
    Exceptions,
    /// rrweb events.
    Events,
    /// Moments of trouble of that kind; only of finished recordings.
    Signals(SignalKind),
    /// PostHog's formula, in hundredths.
    ActivityScore,
}

/// Texts of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `web` or `mobile`.
    SnapshotSource,
    /// Name and version of the SDK.
    Library,
    /// A page that was visited.
    Page,
    /// A comment.
    Comment,
    /// One of the distinct ids.
    DistinctId,
    /// The short id of a collection that it was put into.
    Collection,
}

/// An analytics event, as it must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventTest {
    /// Its name; None: whatever it is called.
    pub name: Option<String>,
    /// What its properties must be, all of them.
    pub properties: Vec<PropertyTest>,
}

/// A property, as it must be.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyTest {
    /// Its name.
    pub key: String,
    /// What is asked of its value.
    pub test: Test,
    /// The opposite must be so: a property that is not there is that.
    pub negated: bool,
}

/// A console line, as it must be. Nothing asked: any line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsoleTest {
    /// One of these.
    pub levels: Vec<ConsoleRank>,
    /// What it says.
    pub message: Option<Test>,
}

/// How loud a console line is, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleRank {
    /// `log`, `info`, `debug` and whatever else there is.
    Log,
    /// `warn`.
    Warn,
    /// `error`.
    Error,
}

/// What is asked of a value. Personal data may stand in it: `Debug` hides it.
#[derive(Clone, PartialEq)]
pub enum Test {
    /// There is one.
    IsSet,
    /// One of these, exactly.
    OneOf(Vec<String>),
    /// One of these is in it, large and small letters alike.
    Contains(Vec<String>),
    /// The expression finds something in it.
    Matches(Pattern),
    /// As a number.
    Above(f64),
    /// As a number.
    AtLeast(f64),
    /// As a number.
    Below(f64),
    /// As a number.
    AtMost(f64),
    /// As a number, both included.
    Between(f64, f64),
    /// As a time in ISO 8601, from the first on and before the second, epoch ms.
    Within(i64, i64),
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Test(***)")
    }
}

/// A regular expression that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text is no expression that is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a regular expression (without look-around and back-references) that is not too large, found another text"
)]
pub struct PatternError;

/// Bytes that a compiled expression may take.
pub(super) const PATTERN_BYTES: usize = 1 << 20;

impl Pattern {
    /// Checks an expression: that it is one, and that it can be looked for in time that grows with the text alone.
    ///
    /// # Errors
    /// When it cannot.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES).build().map_err(|_| PatternError)?;
        Ok(Self(text.to_owned()))
    }

    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Condition {
    /// The condition that turns it around.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_could_take_for_ever_are_refused() {
        assert!(Pattern::new("^/cart(/|$)").is_ok());
        for text in ["(", "(?<=a)b", r"(a)\1", "((((a{100}){100}){100}){100})"] {
            assert_eq!(Pattern::new(text), Err(PatternError), "{text}");
        }
    }

    #[test]
    fn what_is_looked_for_stays_out_of_logs() {
        let test = Test::OneOf(vec!["ann@example.com".into()]);
        let shown = format!("{:?}", Condition::Text(Field::DistinctId, test));
        assert!(!shown.contains("ann"), "{shown}");
    }
}
