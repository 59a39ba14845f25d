//! An entry as it stands in the file: only what is needed of it, and as little as possible is insisted on.

use std::borrow::Cow;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Raw<'a> {
    #[serde(borrow, default, rename = "startedDateTime")]
    pub(super) started: Option<Text<'a>>,
    /// Milliseconds.
    #[serde(default)]
    pub(super) time: Option<f64>,
    #[serde(borrow, default)]
    pub(super) request: Option<RawRequest<'a>>,
    #[serde(borrow, default)]
    pub(super) response: Option<RawResponse<'a>>,
    /// A text or a number.
    #[serde(default)]
    pub(super) connection: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawRequest<'a> {
    #[serde(borrow, default)]
    pub(super) method: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) url: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) http_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    pub(super) post_data: Option<PostData<'a>>,
    #[serde(default)]
    pub(super) body_size: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawResponse<'a> {
    #[serde(default)]
    pub(super) status: Option<f64>,
    #[serde(borrow, default)]
    pub(super) headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    pub(super) content: Option<Content<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData<'a> {
    #[serde(borrow, default)]
    pub(super) mime_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) encoding: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) params: Option<Vec<Param<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Content<'a> {
    #[serde(borrow, default)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) encoding: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pair<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) value: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Param<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) value: Option<Text<'a>>,
}

/// A text that is borrowed where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The text, empty where there is none.
pub(super) fn text<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", |text| &text.0)
}
