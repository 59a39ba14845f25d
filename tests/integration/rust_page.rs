//! The examples of `docs/rust.md`, run, and what it costs to embed the library.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::{
    client::Request,
    command_line::{err, out},
    embedded,
    secured::Client,
};

/// Stands for the client under test; the status that it got.
async fn create_share(base: &str) -> u16 {
    let base = base.to_owned();
    tokio::task::spawn_blocking(move || embedded::share(&base)).await.unwrap()
}

/// The same of a client that trusts an authority.
fn create_share_trusting(base: &str, certificate: &str) -> u16 {
    let address = base.strip_prefix("https://").unwrap().parse().unwrap();
    let client = Client { trusts: certificate.to_owned(), ..Client::of("127.0.0.1") };
    let mut secured = client.connect(address).unwrap();
    secured.write(&Request::share().header("Connection", "close").bytes());
    let answer = String::from_utf8(secured.ending().0).unwrap();
    answer[9..12].parse().unwrap()
}

/// The examples as they stand on the page.
mod examples {
    use super::{create_share, create_share_trusting};

    use std::{sync::LazyLock, time::Duration};

    use understudy::Understudy;

    #[tokio::test]
    async fn a_full_space_is_tried_again() {
        let api = Understudy::builder()
            .scenario(
                "
scenario: space-is-full
rules:
  - operation: CreateShare
    answers: [ error: 13000311, example ]
expect:
  - operation: CreateShare
    calls: 2
",
            )
            .start()
            .await
            .unwrap();
        assert_eq!(create_share(&api.url()).await, 400);
        assert_eq!(create_share(&api.url()).await, 200);
        let verdict = api.verdict();
        assert!(verdict.passed(), "{:?}", verdict.reasons());
    }

    static SHARED: LazyLock<Understudy> = LazyLock::new(|| Understudy::builder().start_blocking().unwrap());

    #[tokio::test]
    async fn a_token_that_was_idle_for_an_hour_is_refused() {
        let session = SHARED.session("idle");
        assert_eq!(create_share(&session.url()).await, 200);
        session.advance(Duration::from_secs(3600));
        assert_eq!(create_share(&session.url()).await, 401);
    }

    #[tokio::test]
    async fn one_session_is_throttled_and_no_other() {
        let (one, other) = (SHARED.session("throttled"), SHARED.session("other"));
        one.play("scenario: throttled\nrules: [{ operation: CreateShare, answers: [429] }]").unwrap();
        assert_eq!(create_share(&one.url()).await, 429);
        assert_eq!(create_share(&other.url()).await, 200);
        assert_eq!(one.exchanges()[0].answer(), "scenario:throttled#1/1");
    }

    use understudy::server::{Authority, Tls};

    #[test]
    fn a_client_that_insists_on_https_is_served() {
        let authority = Authority::make().unwrap();
        let tls = Tls::self_signed(&authority, vec!["127.0.0.1".to_owned()]).unwrap();
        let api = Understudy::builder().tls(tls).start_blocking().unwrap();
        assert_eq!(create_share_trusting(&api.url(), authority.certificate()), 200);
    }

    use understudy::{Threshold, coverage::Subject};

    #[tokio::test]
    async fn a_suite_covers_what_it_should() {
        let enough = Threshold::parse("operations=1%").unwrap();
        let api = Understudy::builder().cover(enough).start().await.unwrap();
        assert_eq!(create_share(&api.url()).await, 200);
        assert_eq!(api.verdict().reasons(), ["coverage too low"]);
        assert_eq!(api.covered().ratio(Subject::Operations).covered, 1);
    }
}

#[test]
fn every_example_of_the_page_is_run() {
    let page = include_str!("../../docs/rust.md");
    let run: Vec<&str> = include_str!("rust_page.rs").lines().map(str::trim).collect();
    let run = run.join("\n");
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(str::trim).collect();
        assert!(run.contains(&lines.join("\n")), "{block}");
    }
}

/// The crates that the library brings along, itself included. A crate more is to be a decision.
const MOST_CRATES: usize = 140;

#[test]
fn a_crate_that_embeds_the_library_without_the_command_line_stays_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = \"embedding\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         understudy = {{ path = {root:?}, default-features = false }}\n"
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "pub use understudy::Understudy;\n").unwrap();
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", err(&tree));
    let text = out(&tree);
    let crates: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let library = crates.len() - 1;
    assert!(crates.contains("understudy") && crates.contains("hyper"), "{text}");
    assert!(library <= MOST_CRATES, "{library} crates:\n{text}");
    for cli in ["clap", "rustix", "toml_edit", "tracing-subscriber"] {
        assert!(!crates.contains(cli), "{cli}");
    }
}
