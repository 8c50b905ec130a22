//! Why something was not taken, in words: what each reason means, and what to do about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of what was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RefusalOutcome)]
pub enum Outcome {
    /// The request was answered with an error, and the SDK does not send it again.
    Refused,
    /// The request was answered 503, and the SDK sends it again later.
    Later,
    /// It was taken and could not be read; it lies in the quarantine.
    SetAside,
    /// It was answered 200 and not kept, as somebody wished.
    Dropped,
    /// It was kept as it came, but cannot be played.
    KeptUnread,
}

/// What a reason means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) means: &'static str,
    pub(super) to_do: &'static str,
}

/// Every reason that is counted, in the order of the way that data takes.
const REASONS: [(&str, Words); 33] = [
    (
        "no_token",
        Words {
            means: "The request names no project: there is no project token in it.",
            to_do: "Check that the page calls posthog.init with the token of the project, and that no proxy changes bodies.",
        },
    ),
    (
        "unknown_token",
        Words {
            means: "The token of the request belongs to no project of this server.",
            to_do: "Compare the token in the page with the one on the installation page; a common mistake is the token of another server.",
        },
    ),
    (
        "ended_token",
        Words {
            means: "The token of the request was replaced by a newer one, and its grace is over.",
            to_do: "Put the project's present token into the page or app that still sends the old one.",
        },
    ),
    (
        "body_too_large",
        Words {
            means: "The body of the request is larger than 20 MiB.",
            to_do: "Leave batching and compression of the SDK on; look for pages that embed very large images or styles.",
        },
    ),
    (
        "body_broken_off",
        Words {
            means: "The connection ended before the whole body was there.",
            to_do: "A few are normal when visitors leave. Many point to a proxy with a short time limit or a small body limit.",
        },
    ),
    (
        "empty_body",
        Words {
            means: "The request has no body.",
            to_do: "Look for a proxy or a monitor that calls the address without data.",
        },
    ),
    (
        "over_budget",
        Words {
            means: "The body unpacks to more than the server takes for one request.",
            to_do: "No SDK sends such bodies; look at who calls from that site.",
        },
    ),
    (
        "bad_gzip",
        Words {
            means: "The body begins like gzip and cannot be unpacked.",
            to_do: "Look for a proxy that changes bodies, for example by decoding them as text.",
        },
    ),
    (
        "bad_form",
        Words {
            means: "The body is a form whose data is neither base64 nor JSON.",
            to_do: "Update the SDK of that page; look for a proxy that changes bodies.",
        },
    ),
    (
        "not_utf8",
        Words {
            means: "The body is not UTF-8 text.",
            to_do: "Look for a proxy that changes bodies, or a program of your own that sends another encoding.",
        },
    ),
    (
        "not_json",
        Words {
            means: "The body is no JSON.",
            to_do: "Look for a proxy that changes bodies, or a program of your own that writes JSON by hand.",
        },
    ),
    (
        "too_many_items",
        Words {
            means: "The request carries more items than the server takes at once.",
            to_do: "Send smaller batches.",
        },
    ),
    (
        "too_many_events",
        Words {
            means: "The request carries more recorded events than the server takes at once.",
            to_do: "Leave the SDK's batching as it is; look for a page that changes thousands of elements a second.",
        },
    ),
    (
        "journal_full",
        Words {
            means: "The server has no room: the disk is nearly full, or the store has been away for long.",
            to_do: "Make room on the disk or shorten the retention. SDKs keep what they have and try again for up to an hour.",
        },
    ),
    (
        "journal_busy",
        Words {
            means: "More data came than the disk can write.",
            to_do: "Record a smaller part of the visits, or give the server a faster disk. SDKs try again.",
        },
    ),
    (
        "journal_failed",
        Words {
            means: "The disk failed to write.",
            to_do: "Look at the server's log and at the disk at once. SDKs try again for up to an hour.",
        },
    ),
    (
        "incomplete_body",
        Words {
            means: "A body was cut off or held entries that are no items; what was whole in it was taken.",
            to_do: "A few are normal when visitors leave. Many point to a proxy with a small body limit.",
        },
    ),
    (
        "unknown_head",
        Words {
            means: "A newer version of Cassette accepted the request, and this version cannot read its notes.",
            to_do: "Run the newer version again.",
        },
    ),
    (
        "bug",
        Words {
            means: "Reading the request came upon a bug of Cassette.",
            to_do: "Please report it, with the file from the quarantine folder if you may share it.",
        },
    ),
    (
        "token_of_another",
        Words {
            means: "An item in a batch carries another token than the batch, and no project has it.",
            to_do: "Check the tokens in the program that gathers these batches.",
        },
    ),
    (
        "no_session_id",
        Words {
            means: "Recorded events came without a session id.",
            to_do: "Update the SDK; session ids are made by it.",
        },
    ),
    (
        "bad_session_id",
        Words {
            means: "The session id is not one: 1 to 70 letters, digits or hyphens are.",
            to_do: "If you set session ids yourself (bootstrap.sessionID), use only letters, digits and hyphens.",
        },
    ),
    (
        "bad_window_id",
        Words {
            means: "The window id is too long or holds characters that none has.",
            to_do: "Update the SDK; window ids are made by it.",
        },
    ),
    (
        "bad_distinct_id",
        Words { means: "The id of the visitor is too long.", to_do: "Call posthog.identify with a shorter id." },
    ),
    (
        "no_snapshot_data",
        Words {
            means: "A recording's item carries no events.",
            to_do: "Update the SDK; look for a proxy or filter that takes members out.",
        },
    ),
    (
        "bad_snapshot_data",
        Words {
            means: "A recording's item carries something else than events.",
            to_do: "Update the SDK; look for a before_send function that changes $snapshot items.",
        },
    ),
    (
        "chunked",
        Words {
            means: "The SDK is from before 2023 and cuts its events into pieces that cannot be put together again.",
            to_do: "Update the SDK to a version of 2023 or later.",
        },
    ),
    (
        "person_too_large",
        Words {
            means: "An event says more of a person than the server takes at once.",
            to_do: "Set fewer or shorter properties with one call of identify or setPersonProperties.",
        },
    ),
    (
        "person_without_distinct_id",
        Words {
            means: "An event says something of a person and does not say of whom.",
            to_do: "Give each event that sets properties of a person a distinct_id.",
        },
    ),
    (
        "catalog",
        Words {
            means: "The server was going down while it read the request.",
            to_do: "Nothing, if it happened at a restart; otherwise look at the server's log.",
        },
    ),
    (
        "deleted",
        Words {
            means: "Data still came for a recording that was deleted. It is not kept.",
            to_do: "Nothing: this is what deleting promises.",
        },
    ),
    (
        "event_undecoded",
        Words {
            means: "The SDK's own compression of an event could not be undone. The event is kept, but cannot be played.",
            to_do: "Update the SDK; look for a proxy that changes bodies as if they were text.",
        },
    ),
    (
        "event_not_object",
        Words {
            means: "Something among the recorded events is no event.",
            to_do: "Update the SDK; look for a before_send function that changes $snapshot items.",
        },
    ),
];

/// For a reason that this version has no words for.
const OTHER: Words = Words {
    means: "The data could not be taken for a reason that this page has no words for.",
    to_do: "Look at the server's log and at the files in the quarantine folder.",
};

/// What a reason means.
pub(super) fn words(reason: &str) -> &'static Words {
    REASONS.iter().find(|(known, _)| *known == reason).map_or(&OTHER, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use cassette_wire::capture::{BodyError, ItemRefused, envelope::Stop};

    use super::*;
    use crate::ingest::journal::AppendError;

    #[test]
    fn every_reason_that_the_way_in_knows_has_words() {
        let bodies = [
            BodyError::Empty,
            BodyError::OverBudget { limit: 1 },
            BodyError::Gzip,
            BodyError::Form,
            BodyError::NotUtf8 { at: 0, token: None },
        ];
        let items = [ItemRefused::NoSessionId, ItemRefused::NoData, ItemRefused::BadData, ItemRefused::Chunked];
        let appends = [AppendError::Busy, AppendError::Full, AppendError::Failed];
        let mut reasons: Vec<&str> = bodies.iter().map(BodyError::reason).collect();
        reasons.extend(items.iter().map(ItemRefused::reason));
        reasons.extend(appends.iter().map(|error| error.reason()));
        reasons.extend([Stop::TooManyItems, Stop::TooManyEvents].iter().map(Stop::reason));
        for reason in reasons {
            assert_ne!(words(reason), &OTHER, "{reason}");
        }
        assert_eq!(words("of a later version"), &OTHER);
    }

    #[test]
    fn words_are_sentences() {
        for (reason, Words { means, to_do }) in &REASONS {
            for sentence in [means, to_do] {
                let begins = sentence.starts_with(|letter: char| letter.is_uppercase());
                assert!(begins && sentence.ends_with('.'), "{reason}: {sentence}");
            }
        }
    }
}
