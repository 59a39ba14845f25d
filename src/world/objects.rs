//! The object host: what links lead to.

use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG},
};
use percent_encoding::utf8_percent_encode;

use super::{
    drive::Node,
    links::SEGMENT,
    outcome::{Outcome, Reply, Trouble},
    scene::Scene,
    stage::{Behaviour, change, look},
    uploads::{Part, Upload},
};
use crate::{
    content::{Received, hex},
    contract::Answer,
};

/// The service, by its folder.
pub(super) const SERVICE: &str = "objects";

pub(super) const OPERATIONS: &[Behaviour] =
    &[change("PutObjectPart", put).refuses(&[]), look("GetObject", get).refuses(&[])];

fn header(name: HeaderName, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name, HeaderValue::from_str(value).ok()?))
}

fn put(at: &mut Scene<'_>) -> Outcome {
    let (id, number) = (at.text("uploadId"), at.call.whole("partNumber").unwrap_or(0));
    let key = at.text("key");
    let upload = at.world.uploads.get(id).filter(|upload| *upload.key == *key);
    let gone = || Trouble::object("NoSuchUpload", format!("the upload {id} is over, or was never begun"));
    let mut upload = upload.map(|upload| Upload::clone(upload)).ok_or_else(gone)?;
    let Some(part) = upload.parts.get(&number) else {
        return Err(Trouble::object("NoSuchUpload", format!("part {number} was never announced")));
    };
    let Some(received) = at.content else { return Err(Trouble::object("IncompleteBody", "there is no body")) };
    if u64::try_from(part.size) != Ok(received.size) {
        let reason = format!("part {number} has {} bytes, and {} came", part.size, received.size);
        return Err(Trouble::object("InvalidArgument", reason));
    }
    let etag = format!("\"{}\"", hex(&received.md5));
    upload.parts.insert(number, Part { received: Some(Received::clone(received)), ..Part::clone(part) });
    upload.until = Upload::touched(at.now);
    at.world.put_upload(upload);
    let headers = header(ETAG, &etag).into_iter().collect();
    Ok(Reply::raw(Answer { status: StatusCode::OK, headers, body: bytes::Bytes::new() }))
}

fn get(at: &Scene<'_>) -> Outcome {
    let key = at.text("key");
    let gone = || Trouble::object("NoSuchKey", format!("no file has the content {key} any more"));
    let content = at.world.contents.get(key).ok_or_else(gone)?;
    let Some(bytes) = content.bytes.as_ref().map(|kept| kept.bytes().clone()) else { return Err(gone()) };
    let etag = content.etag();
    let file = at.world.contents.file_of(key).and_then(|file| at.world.drive.get(file));
    let mut headers: Vec<_> = [
        header(ETAG, &etag),
        header(ACCEPT_RANGES, "bytes"),
        header(CONTENT_TYPE, file.and_then(|node| node.mime.as_deref()).unwrap_or("application/octet-stream")),
        file.and_then(|node| header(CONTENT_DISPOSITION, &disposition(node))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if at.header("If-None-Match").is_some_and(|known| knows(known, &etag)) {
        return Ok(Reply::raw(Answer { status: StatusCode::NOT_MODIFIED, headers, body: bytes::Bytes::new() }));
    }
    let (status, body) = match at.header("Range").map(|range| Range::read(range, bytes.len())) {
        None | Some(Range::Whole) => (StatusCode::OK, bytes),
        Some(Range::Part { first, end }) => {
            headers.extend(header(CONTENT_RANGE, &format!("bytes {first}-{}/{}", end - 1, bytes.len())));
            (StatusCode::PARTIAL_CONTENT, bytes.slice(first..end))
        }
        Some(Range::Nothing) => {
            return Err(Trouble::object("InvalidRange", format!("nothing of that range is in {} bytes", bytes.len())));
        }
    };
    Ok(Reply::raw(Answer { status, headers, body }))
}

/// The name that a file is to be saved under.
fn disposition(node: &Node) -> String {
    let plain: String = node
        .name
        .chars()
        .map(|letter| if letter.is_ascii_graphic() && letter != '"' || letter == ' ' { letter } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(&node.name, SEGMENT))
}

/// Whether a list of ETags has one.
fn knows(list: &str, etag: &str) -> bool {
    list.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == "*" || known == etag)
}

/// A part of some bytes.
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// All of them: no range, several, or one that cannot be read.
    Whole,
    /// From one up to another.
    Part { first: usize, end: usize },
    /// It begins behind the end.
    Nothing,
}

impl Range {
    /// `bytes=0-99`, `bytes=100-`, `bytes=-100`.
    fn read(text: &str, size: usize) -> Self {
        let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
            return Self::Whole;
        };
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // What is too large is larger than anything here.
            is_number.then(|| text.parse().unwrap_or(usize::MAX))
        };
        match (number(first), number(last)) {
            (None, Some(0)) => Self::Nothing,
            (None, Some(_)) if first.is_empty() && size == 0 => Self::Nothing,
            (None, Some(count)) if first.is_empty() => Self::Part { first: size - count.min(size), end: size },
            (Some(first), _)
                if first >= size && (last.is_empty() || number(last).is_some_and(|last| last >= first)) =>
            {
                Self::Nothing
            }
            (Some(first), None) if last.is_empty() => Self::Part { first, end: size },
            (Some(first), Some(last)) if last >= first => Self::Part { first, end: last.saturating_add(1).min(size) },
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_rfc_says() {
        let part = |first, end| Range::Part { first, end };
        for (text, wanted) in [
            ("bytes=0-4", part(0, 5)),
            ("bytes=5-", part(5, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-30", part(0, 10)),
            ("bytes=8-30", part(8, 10)),
            ("bytes=10-", Range::Nothing),
            ("bytes=10-11", Range::Nothing),
            ("bytes=-0", Range::Nothing),
            ("bytes=99999999999999999999999-", Range::Nothing),
            ("bytes=4-3", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("lines=0-1", Range::Whole),
            ("", Range::Whole),
        ] {
            assert_eq!(Range::read(text, 10), wanted, "{text}");
        }
        assert_eq!(Range::read("bytes=-3", 0), Range::Nothing);
    }

    #[test]
    fn a_list_of_etags_has_one_also_where_it_is_weak() {
        assert!(knows("\"a\", W/\"b\"", "\"b\"") && knows("*", "\"b\"") && !knows("\"a\"", "\"b\""));
    }
}
