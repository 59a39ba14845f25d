//! Requests: targets, headers and bodies.

use super::Generator;

pub(crate) const PATHS: [&str; 14] = [
    "/koodrive/ose/v1/share",
    "/koodrive/ose/v1/share/cancel",
    "/koodrive/ose/v1/shares",
    "/koodrive/ose/v1/share/me",
    "/koodrive/ose/v1/%73hare",
    "/~one/koodrive/ose/v1/share",
    "/~two/koodrive/ose/v1/share",
    "/~",
    "/~one",
    "/m-open/1/org/ls",
    "/m-open/1/org/create",
    "/",
    "/__admin/health",
    "*",
];

const PARAMETERS: [&str; 9] =
    ["pageSize", "pageCursor", "scope", "fullpath", "org_client_id", "sign", "dateline", "client_id", "a"];

const METHODS: [&str; 9] = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"];

const NAMES: [&str; 18] = [
    "Authorization",
    "X-User-Id",
    "X-Date",
    "Host",
    "Content-Type",
    "X-Traceid",
    "X-Understudy-Session",
    "language",
    "Cookie",
    "Origin",
    "Access-Control-Request-Method",
    "Expect",
    "Connection",
    "Upgrade",
    "Content-Encoding",
    "X-Hw-Other",
    "Accept",
    "TE",
];

const VALUES: [&str; 18] = [
    "Bearer 0123456789abcdef",
    "Bearer ",
    "1505084218764547200",
    "20260102T030405Z",
    "127.0.0.1",
    "application/json",
    "application/json; charset=gbk",
    "application/x-www-form-urlencoded",
    "one",
    "two words",
    "zh-cn",
    "close",
    "keep-alive",
    "100-continue",
    "h2c",
    "gzip",
    "*/*",
    "SDK-HMAC-SHA256 Access=a1, SignedHeaders=host;x-date, Signature=00",
];

/// What the table of the operation wants.
pub(crate) const SHARE: &str =
    "{\"scope\":1,\"fileIds\":[\"a\"],\"containerId\":\"c\",\"validDays\":7,\"comment\":\"quarterly\"}";

impl Generator {
    pub(crate) fn method(&mut self) -> String {
        self.word(&METHODS)
    }

    /// Path and query.
    pub(crate) fn target(&mut self) -> String {
        let mut target = if self.one_in(6) {
            self.several(5, "/", |generator| {
                generator.word(&["", "koodrive", "ose", "v1", "share", "~one", "%6Fse", "file"])
            })
        } else {
            self.word(&PATHS)
        };
        if self.one_in(3) {
            target.push('?');
            target.push_str(&self.form());
        }
        target
    }

    /// Pairs, as in a query or a form.
    pub(crate) fn form(&mut self) -> String {
        let pair = |generator: &mut Self| match generator.below(5) {
            0 => generator.text(),
            _ => format!(
                "{}={}",
                generator.word(&PARAMETERS),
                generator.word(&["1", "50", "a+b", "%E7%A9%BA", "%", "="])
            ),
        };
        let pairs = self.several(5, "&", pair);
        if self.one_in(20) { format!("{pairs}&").repeat(300) } else { pairs }
    }

    /// Header lines with this behind each.
    pub(crate) fn headers(&mut self, end: &str) -> String {
        let mut lines = String::new();
        for (name, value) in NAMES.iter().zip(&VALUES).take(6) {
            // Nearly all of what is mandatory, so that some calls get further than that.
            if !self.one_in(10) && *name != "Content-Type" {
                let value = match *name {
                    "X-User-Id" => "1505084218764547200",
                    "X-Date" => "20260102T030405Z",
                    "Host" => "127.0.0.1",
                    _ => value,
                };
                lines.push_str(&format!("{name}: {value}{end}"));
            }
        }
        for _ in 0..self.below(4) {
            let (name, value) = (self.word(&NAMES), self.word(&VALUES));
            lines.push_str(&format!("{name}: {value}{end}"));
        }
        lines
    }

    pub(crate) fn body(&mut self) -> String {
        match self.below(8) {
            0 => self.form(),
            1 => self.json_in_bulk(),
            2 => self.text(),
            3 => String::new(),
            4 => self.json(4),
            5 => {
                let name = *self.pick(&["scope", "fileIds", "containerId", "validDays"]);
                let value = self.json(2);
                format!("{{\"{name}\":{value},{}", &SHARE[1..])
            }
            _ => SHARE.to_owned(),
        }
    }

    /// A request as HTTP/1 has it.
    pub(crate) fn http1(&mut self) -> Vec<u8> {
        let (method, target, body) = (self.method(), self.target(), self.body());
        let version = self.word(&["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1,1"]);
        let mut bytes = format!("{method} {target} {version}\r\n{}", self.headers("\r\n")).into_bytes();
        match self.below(6) {
            0 => {
                bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
                let mut rest = body.as_bytes();
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(rest.len().min(1 + self.below(40)));
                    let extension = *self.pick(&["", "", ";a=b", "zz"]);
                    bytes.extend(format!("{:x}{extension}\r\n", piece.len()).bytes());
                    bytes.extend(piece);
                    bytes.extend(b"\r\n");
                    rest = after;
                }
                bytes.extend(self.pick(&["0\r\n\r\n", "0\r\nTrailer: a\r\n\r\n", "0\r\n", "-1\r\n\r\n"]).bytes());
            }
            1 => {
                let length = *self.pick(&["0", "1", "99999999999999999999", "-1", "+3", "300000000", "12582913"]);
                bytes.extend(format!("Content-Length: {length}\r\n\r\n{body}").bytes());
            }
            _ => bytes.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).bytes()),
        }
        bytes
    }
}
