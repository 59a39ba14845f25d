//! The rules that a request can break: the keywords of JSON Schema, and our own.

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares [`Rule`] with the word for each variant, so that no list of them can get out of date.
macro_rules! rules {
    ($($(#[doc = $meaning:literal])+ $rule:ident = $word:literal,)+) => {
        /// A rule that a request broke, or that is worth a warning.
        ///
        /// ```
        /// use understudy::contract::Rule;
        ///
        /// assert_eq!(Rule::MaxLength.as_str(), "maxLength");
        /// assert_eq!(serde_json::to_string(&Rule::DateWindow).unwrap(), "\"date_window\"");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[doc = $meaning])+ $rule,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule,)+];

            /// The word for it, as violations carry it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $word,)+
                }
            }
        }
    };
}

rules! {
    /// JSON Schema: the type.
    Type = "type",
    /// JSON Schema: one of several values.
    Enum = "enum",
    /// JSON Schema: one value.
    Const = "const",
    /// JSON Schema: a mandatory member, parameter or header.
    Required = "required",
    /// JSON Schema: the lowest number.
    Minimum = "minimum",
    /// JSON Schema: the highest number.
    Maximum = "maximum",
    /// JSON Schema: a number that has to be exceeded.
    ExclusiveMinimum = "exclusiveMinimum",
    /// JSON Schema: a number that must not be reached.
    ExclusiveMaximum = "exclusiveMaximum",
    /// JSON Schema: a multiple of a number.
    MultipleOf = "multipleOf",
    /// JSON Schema: the lowest number of characters.
    MinLength = "minLength",
    /// JSON Schema: the highest number of characters.
    MaxLength = "maxLength",
    /// JSON Schema: a regular expression.
    Pattern = "pattern",
    /// JSON Schema: a named format, such as the vendor's time formats.
    Format = "format",
    /// JSON Schema: the lowest number of items.
    MinItems = "minItems",
    /// JSON Schema: the highest number of items.
    MaxItems = "maxItems",
    /// JSON Schema: no duplicate items.
    UniqueItems = "uniqueItems",
    /// JSON Schema: an item that has to be present.
    Contains = "contains",
    /// JSON Schema: no items beyond the listed ones.
    AdditionalItems = "additionalItems",
    /// JSON Schema: the lowest number of members.
    MinProperties = "minProperties",
    /// JSON Schema: the highest number of members.
    MaxProperties = "maxProperties",
    /// JSON Schema: the names of members.
    PropertyNames = "propertyNames",
    /// JSON Schema: no members beyond the listed ones. Undocumented parameters, headers and bodies break it too.
    AdditionalProperties = "additionalProperties",
    /// JSON Schema: no items that no other keyword has evaluated.
    UnevaluatedItems = "unevaluatedItems",
    /// JSON Schema: no members that no other keyword has evaluated.
    UnevaluatedProperties = "unevaluatedProperties",
    /// JSON Schema: not what another schema allows.
    Not = "not",
    /// JSON Schema: at least one of several schemas.
    AnyOf = "anyOf",
    /// JSON Schema: exactly one of several schemas.
    OneOf = "oneOf",
    /// JSON Schema: nothing at all.
    FalseSchema = "falseSchema",
    /// JSON Schema: the encoding of a text.
    ContentEncoding = "contentEncoding",
    /// JSON Schema: the media type of a text.
    ContentMediaType = "contentMediaType",
    /// JSON Schema: a reference without a target.
    Reference = "$ref",
    /// Our own keyword: a schema for every item but the last one.
    AllButLast = "x-all-but-last",
    /// Our own keyword: a member whose value no two items share.
    UniqueBy = "x-unique-by",
    /// The bytes are an HTTP request, and its body arrived completely.
    Http = "http",
    /// The service's limits.
    Size = "size",
    /// An operation has this method and path.
    Route = "route",
    /// A path parameter is an id, not a misspelt segment of another route.
    NearRoute = "near_route",
    /// A known form of credentials, and a known key or token.
    Authorization = "authorization",
    /// The signature matches the request.
    Signature = "signature",
    /// The request was signed recently.
    DateWindow = "date_window",
    /// The token has not expired.
    Expired = "expired",
    /// The name of the session is valid.
    Session = "session",
    /// The media type of the body is one of the service's.
    MediaType = "media_type",
    /// The percent encoding is valid, and the text is UTF-8.
    Encoding = "encoding",
    /// No parameter, header or member is repeated.
    Duplicate = "duplicate",
    /// The body is a JSON text.
    Json = "json",
    /// The world plays the call, and knows what it names.
    World = "world",
    /// No compressed body: it is the text itself.
    ContentCoding = "content_coding",
    /// The templates of a scripted answer render.
    Template = "template",
    /// No rule: it counts the violations that a header has no room for.
    More = "more",
}

impl Rule {
    /// Whether what was found is the value itself, rather than what is to be said of it.
    pub(super) fn finds_the_value(self) -> bool {
        !matches!(
            self,
            Self::Required
                | Self::Http
                | Self::Size
                | Self::Authorization
                | Self::Signature
                | Self::DateWindow
                | Self::Expired
                | Self::Session
                | Self::Encoding
                | Self::Duplicate
                | Self::ContentCoding
                | Self::Template
                | Self::More
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
