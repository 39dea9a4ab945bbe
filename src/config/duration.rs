//! Lengths of time as people write them: `24h`, `90m`, `7d`, `2 days 3h`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::refusal::{Help, Refusal};

/// Reads a length of time; a day has 24 hours, and a month has no fixed length.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let refused = || format!("`{text}` is not a length of time: write `24h`, `7d`, `90m` or `2 days 3h`");
    let span: Span = text.parse().map_err(|_| refused())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| refused())?;
    if duration.is_negative() {
        return Err(format!("`{text}` is negative"));
    }
    Ok(duration)
}

pub(crate) fn rule(text: &str) -> Result<(), Refusal> {
    parse_duration(text)
        .map(drop)
        .map_err(|message| Refusal::new(message, "not a length of time", Help::Example))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lengths_of_time_that_have_one_meaning() {
        let cases = [
            ("24h", Some(24 * 60)),
            ("0s", Some(0)),
            ("7d", Some(7 * 24 * 60)),
            ("1w", Some(7 * 24 * 60)),
            ("90m", Some(90)),
            ("2 days 3h", Some(51 * 60)),
            ("-5h", None),
            ("5h ago", None),
            ("1 month", None),
            ("24", None),
            ("", None),
            ("soon", None),
        ];
        for (text, minutes) in cases {
            let expected = minutes.map(SignedDuration::from_mins);
            assert_eq!(parse_duration(text).ok(), expected, "{text}");
        }
    }
}
