//! Journals by hand, and what is said of them.

use super::*;
use crate::{
    contract::SpecFiles,
    diagnostic::{Source, Style},
    fault::Fault,
    report::{
        NoticeKind,
        samples::{Call, exchange},
        to_text,
    },
    scenario::{Progress, Scenario, compile},
    session::Session,
    world::{Limits, Seed, Stage},
};

fn contract() -> Contract {
    SpecFiles::embedded().load().unwrap()
}

fn verdict(expect: &str, calls: &[Call<'_>]) -> Verdict {
    let contract = contract();
    let text = format!("scenario: s\nrules: []\nexpect: [{expect}]\n");
    let scenarios = [Arc::new(compile(&Source::new("a.yaml", text), None, &contract).unwrap().value)];
    let journal = Journal::new(1 << 20);
    for call in calls {
        journal.record(exchange(&contract, journal.take_number(), call));
    }
    judged(&journal, &scenarios, &contract, None)
}

/// The verdict where the default session plays these scenarios in the demo's world.
fn judged(journal: &Journal, scenarios: &[Arc<Scenario>], contract: &Contract, session: Option<&str>) -> Verdict {
    let stage = Stage::new(contract, Arc::new(Seed::demo().unwrap()), Limits { bytes: 1000, entries: 1000 });
    judged_in(&|_| Some(stage.unopened()), journal, scenarios, contract, session)
}

fn judged_in(
    world: &dyn Fn(&str) -> Option<Arc<World>>,
    journal: &Journal,
    scenarios: &[Arc<Scenario>],
    contract: &Contract,
    session: Option<&str>,
) -> Verdict {
    let script = Arc::new(Script::new(scenarios.to_vec(), None, contract));
    let default = Session::new(DEFAULT, contract.operations().len(), Progress::new(Arc::clone(&script)), None);
    let sessions = Sessions::new(default, 8);
    judge(&Evidence { journal, contract, script: &script, sessions: &sessions, world, allow_empty: false }, session)
}

/// The one expectation of the one session.
fn finding(expect: &str, calls: &[Call<'_>]) -> (bool, String, Vec<u64>) {
    let mut verdict = verdict(expect, calls);
    let Finding { met, expected, found, exchanges, .. } = verdict.sessions.remove(0).findings.remove(0);
    (met, format!("expected {expected}, found {found}"), exchanges.listed)
}

const SHARE: Call<'static> = Call::of("CreateShare");
const CANCEL: Call<'static> = Call::of("BatchCancel");
const BROKEN: Call<'static> = Call { status: 400, refusal: Some(Refusal::Violation), ..SHARE };

/// Attempts of one call at these milliseconds: all but the last fail, and ask for a wait if one is given.
fn attempts(times: &[i64], asked: Option<u64>) -> Vec<Call<'static>> {
    let call = |(index, time): (usize, &i64)| {
        let last = index + 1 == times.len();
        let asked = asked.filter(|_| !last);
        Call { time: *time, received: *time, status: if last { 200 } else { 503 }, asked, ..SHARE }
    };
    times.iter().enumerate().map(call).collect()
}

#[test]
fn calls_are_counted_whatever_they_were_answered() {
    let calls = [SHARE, CANCEL, BROKEN];
    let exactly = |number| finding(&format!("{{ operation: CreateShare, calls: {number} }}"), &calls);
    assert_eq!(exactly(2), (true, "expected 2 calls, found 2 calls".to_owned(), vec![1, 3]));
    assert_eq!(exactly(1), (false, "expected 1 call, found 2 calls".to_owned(), vec![1, 3]));
    let all = finding("{ operation: '*', calls: { min: 4 } }", &calls);
    assert_eq!(all, (false, "expected at least 4 calls, found 3 calls".to_owned(), vec![1, 2, 3]));
    let some = finding("{ operation: [CreateShare, BatchCancel], calls: { min: 2, max: 3 } }", &calls);
    assert_eq!(some, (true, "expected 2 to 3 calls, found 3 calls".to_owned(), vec![1, 2, 3]));
}

#[test]
fn what_must_never_be_called_is_to_blame_when_it_is() {
    let never = |calls: &[Call<'_>]| finding("{ operation: BatchCancel, never: true }", calls);
    assert_eq!(never(&[SHARE]), (true, "expected no call, found no call".to_owned(), vec![]));
    assert_eq!(never(&[SHARE, CANCEL]), (false, "expected no call, found 1 call".to_owned(), vec![2]));
}

#[test]
fn violations_are_calls_that_were_refused_for_what_the_client_did() {
    let internal = Call { status: 500, refusal: Some(Refusal::Internal), ..SHARE };
    let lost = Call { status: 404, refusal: Some(Refusal::UnknownRoute), ..Call::of("") };
    let calls = [SHARE, BROKEN, internal, lost];
    let all = finding("{ operation: '*', violations: 0 }", &calls);
    assert!(!all.0 && all.2 == [2, 4], "{all:?}");
    assert!(all.1.ends_with("expected no call that breaks the contract, found 2 calls that break the contract"));
    assert!(finding("{ operation: CreateShare, violations: { max: 1 } }", &calls).0);
}

#[test]
fn an_order_wants_every_operation_and_looks_at_first_calls_only() {
    let order = |calls: &[Call<'_>]| finding("{ order: [CreateShare, BatchCancel] }", calls);
    assert!(order(&[SHARE, CANCEL, SHARE]).0);
    let (met, text, exchanges) = order(&[CANCEL, SHARE, CANCEL]);
    assert_eq!((met, exchanges), (false, vec![1, 2]));
    assert_eq!(text, "expected CreateShare, then BatchCancel, found BatchCancel (1), CreateShare (2)");
    let (met, text, _) = order(&[SHARE]);
    assert!(!met && text.ends_with("found CreateShare (1), BatchCancel never"), "{text}");
}

#[test]
fn an_operation_that_stands_in_an_order_again_needs_a_further_call_there() {
    let order = |calls: &[Call<'_>]| finding("{ order: [CreateShare, BatchCancel, CreateShare] }", calls);
    assert_eq!(order(&[SHARE, SHARE, CANCEL, SHARE, SHARE]).2, [1, 3, 4]);
    assert!(order(&[SHARE, CANCEL, SHARE]).0);
    let (met, text, _) = order(&[SHARE, SHARE, CANCEL]);
    assert!(!met && text.ends_with("found CreateShare (1), BatchCancel (3), CreateShare not again"), "{text}");
    // One call is not two.
    let (met, text, _) = order(&[CANCEL, SHARE]);
    assert!(!met && text.ends_with("found BatchCancel (1), CreateShare (2), CreateShare not again"), "{text}");
}

/// A call of CreateShare as it really looks, for so many days.
fn share_for(days: &'static str) -> Call<'static> {
    Call { target: "/koodrive/ose/v1/share", body: days, ..SHARE }
}

const LONG: &str = r#"{"scope":2,"fileIds":["1"],"containerId":"c","validDays":90}"#;
const SHORT: &str = r#"{"scope":2,"fileIds":["1"],"containerId":"c","validDays":7}"#;

#[test]
fn calls_are_counted_by_what_they_hold() {
    let (long, short) = (share_for(LONG), share_for(SHORT));
    let lost = Call { status: 404, refusal: Some(Refusal::UnknownRoute), ..Call::of("") };
    let broken = Call { status: 400, refusal: Some(Refusal::Violation), ..long };
    let calls = [long, short, lost, broken, CANCEL, short];
    let many = "match: { body: { validDays: { $gte: 30 } } }";
    let counted = |what: &str| finding(&format!("{{ operation: CreateShare, {many}, {what} }}"), &calls);
    assert_eq!(counted("calls: 2"), (true, "expected 2 calls, found 2 calls".to_owned(), vec![1, 4]));
    assert_eq!(counted("never: true").2, [1, 4]);
    assert_eq!(counted("violations: 1").2, [4]);
    let all = format!("{{ operation: '*', {many}, calls: 2 }}");
    assert_eq!(finding(&all, &calls).2, [1, 4]);
}

#[test]
fn violations_are_allowed_for_calls_that_hold_what_is_asked_for_and_no_others() {
    let broken = |body| Call { status: 400, refusal: Some(Refusal::Violation), ..share_for(body) };
    let expect = "{ operation: CreateShare, match: { body: { validDays: 90 } }, violations: 1 }";
    assert!(verdict(expect, &[broken(LONG)]).passed());
    let verdict = verdict(expect, &[broken(LONG), broken(SHORT)]);
    assert_eq!((verdict.reasons(), verdict.sessions[0].broken_calls.count), (vec!["contract broken"], 1));
}

#[test]
fn attempts_are_judged_by_what_their_call_holds() {
    let failed = |body| Call { status: 503, ..share_for(body) };
    let calls = [failed(LONG), failed(SHORT), failed(SHORT), failed(LONG), failed(SHORT), failed(SHORT)];
    let most = |days: u32| {
        let of = format!("operation: CreateShare, match: {{ body: {{ validDays: {days} }} }}");
        finding(&format!("{{ {of}, retry: {{ max_attempts: 2 }} }}"), &calls)
    };
    assert!(most(90).0);
    assert_eq!(most(7).2, [2, 3, 5, 6]);
}

#[test]
fn answers_that_were_never_given_fail_where_they_have_to_be_used() {
    let contract = contract();
    let scenario = |expect: &str| {
        let text = format!("scenario: s\nrules: [{{ operation: CreateShare, answers: [503, example] }}]\n{expect}");
        Arc::new(compile(&Source::new("a.yaml", text), None, &contract).unwrap().value)
    };
    let journal = Journal::new(1 << 20);
    journal.record(exchange(&contract, journal.take_number(), &SHARE));
    let reasons = |expect: &str| judged(&journal, &[scenario(expect)], &contract, None).reasons();
    assert_eq!(reasons(""), [""; 0]);
    assert_eq!(reasons("expect: [{ answers: used }]\n"), ["expectation unmet"]);
    let mut verdict = judged(&journal, &[scenario("expect: [{ answers: used }]\n")], &contract, None);
    let Finding { about, found, .. } = verdict.sessions.remove(0).findings.remove(0);
    assert_eq!((about.as_str(), found.as_str()), ("answers", "2 answers were never given: s#1/1, s#1/2"));
}

#[test]
fn an_attempt_must_not_come_before_its_retry_after() {
    let honours = |times: &[i64]| {
        finding("{ operation: CreateShare, retry: { honours_retry_after: true } }", &attempts(times, Some(2000)))
    };
    assert!(honours(&[0, 2000, 4000]).0);
    assert!(honours(&[0, 1950]).0);
    let (met, text, exchanges) = honours(&[0, 2100, 4000, 4500]);
    assert_eq!((met, exchanges), (false, vec![3, 4]));
    assert!(text.ends_with("found exchange 3 after 1.9s instead of 2s"), "{text}");
    let expect = "{ operation: CreateShare, retry: { honours_retry_after: true } }";
    assert!(finding(expect, &attempts(&[0, 1], None)).0);
}

#[test]
fn a_call_is_not_attempted_more_often_than_expected() {
    let most =
        |times: &[i64]| finding("{ operation: CreateShare, retry: { max_attempts: 3 } }", &attempts(times, None));
    assert!(most(&[0]).0 && most(&[0, 1, 2]).0);
    let (met, text, exchanges) = most(&[0, 1, 2, 3]);
    assert_eq!((met, exchanges), (false, vec![1, 2, 3, 4]));
    assert_eq!(text, "expected at most 3 attempts of a call, found 4 attempts");
}

#[test]
fn waits_that_shrink_or_stay_do_not_grow() {
    let grows = |times: &[i64], asked| {
        finding("{ operation: CreateShare, retry: { backoff: growing } }", &attempts(times, asked))
    };
    assert!(grows(&[0, 1000, 3000, 7000], None).0);
    // Two waits may be equal, and may differ by a little.
    assert!(grows(&[0, 1000, 1910], None).0);
    assert!(grows(&[0, 1000, 2000, 4000], None).0);
    // A cap.
    assert!(grows(&[0, 1000, 3000, 5000, 7000], None).0);
    assert!(!grows(&[0, 0, 0, 0], None).0);
    let (met, text, exchanges) = grows(&[0, 1000, 2000, 3000], None);
    assert_eq!((met, exchanges), (false, vec![2, 3, 4]));
    assert!(text.ends_with("found 1s, 1s, 1s"), "{text}");
    assert!(!grows(&[0, 1000, 3000, 3800, 9000], None).0);
    // The server asked for these.
    assert!(grows(&[0, 2000, 3000, 3500], Some(500)).0);
}

#[test]
fn the_contract_is_part_of_the_verdict_unless_an_expectation_allows_violations() {
    let reasons = |expect: &str| verdict(expect, &[BROKEN]).reasons();
    assert_eq!(reasons(""), ["contract broken"]);
    assert_eq!(reasons("{ operation: BatchCancel, violations: { min: 1 } }"), ["contract broken", "expectation unmet"]);
    assert_eq!(reasons("{ operation: CreateShare, violations: 0 }"), ["contract broken", "expectation unmet"]);
    assert_eq!(reasons("{ operation: CreateShare, violations: 1 }"), [""; 0]);
    assert_eq!(reasons("{ operation: CreateShare, violations: 2 }"), ["expectation unmet"]);
}

#[test]
fn a_rule_that_was_over_fails_the_verdict() {
    let over = Call { status: 500, origin: Origin::Exhausted { rule: 1 }, scenario: "once", ..SHARE };
    let verdict = verdict("", &[SHARE, over, over]);
    assert_eq!(verdict.reasons(), ["expectation unmet"]);
    let exchanges = Numbers::from_iter([2, 3]);
    assert_eq!(verdict.sessions[0].exhausted, [Exhausted { rule: "scenario:once#1".to_owned(), exchanges }]);
}

#[test]
fn each_session_is_judged_for_itself() {
    let of = |session| Call { session: Some(session), ..SHARE };
    let verdict = verdict("{ operation: CreateShare, calls: 2 }", &[of("b"), of("a"), of("b")]);
    let sessions: Vec<_> =
        verdict.sessions.iter().map(|session| (session.name.as_str(), session.calls, session.passed())).collect();
    assert_eq!(sessions, [("a", 1, false), ("b", 2, true)]);
    assert!(!verdict.passed());
}

#[test]
fn without_a_call_the_session_that_was_asked_for_is_judged_or_the_default_one() {
    let silent = verdict("{ operation: CreateShare, calls: 1 }", &[]);
    let reasons = vec!["expectation unmet", "no calls"];
    assert_eq!((silent.sessions[0].name.as_str(), silent.reasons()), ("default", reasons));
    let contract = contract();
    let named = judged(&Journal::new(1), &[], &contract, Some("a"));
    assert_eq!((named.sessions[0].name.as_str(), named.passed()), ("a", true));
    assert_eq!(named.noticed[0].text, "session a made no call");
}

#[test]
fn a_journal_that_had_to_make_room_cannot_be_judged_in_full() {
    let contract = contract();
    let journal = Journal::new(2000);
    for _ in 0..50 {
        journal.record(exchange(&contract, journal.take_number(), &SHARE));
    }
    let verdict = judged(&journal, &[], &contract, None);
    assert_eq!((verdict.reasons(), verdict.evicted.start), (vec!["journal incomplete"], 1));
    journal.clear();
    assert_eq!(judged(&journal, &[], &contract, None).reasons(), ["no calls"]);
}

#[test]
fn what_fails_nothing_is_noticed() {
    let gone = Call { left: Some(200), delay: 2000, ..SHARE };
    let resent = Call { resends: Some(1), ..SHARE };
    let verdict = verdict("", &[gone, gone, resent]);
    assert!(verdict.passed());
    let noticed: Vec<_> = verdict.sessions[0].noticed.iter().map(|notice| (notice.kind, &*notice.text)).collect();
    let repeats = "exchange 3 repeats exchange 1 after 4 ms: resent, or retried without a wait";
    let left = "the client did not wait for 2 answers";
    assert_eq!(noticed, [(NoticeKind::ClientLeft, left), (NoticeKind::Resend, repeats)]);
}

#[test]
fn answers_that_were_never_given_are_noticed() {
    let contract = contract();
    let text = "scenario: s\nrules: [{ operation: CreateShare, answers: [example, 503] }]\n";
    let scenario = compile(&Source::new("a.yaml", text), None, &contract).unwrap().value;
    let journal = Journal::new(1 << 20);
    journal.record(exchange(&contract, journal.take_number(), &SHARE));
    let verdict = judged(&journal, &[Arc::new(scenario)], &contract, None);
    assert!(verdict.passed());
    assert_eq!(verdict.noticed[0].text, "2 answers were never given: s#1/1, s#1/2");
}

/// A call that made a file.
const MADE: Call<'static> = Call { made: Some("demo.zip"), ..SHARE };
const LOST: Call<'static> = Call { status: 504, ..MADE };
const NO_DUPLICATES: &str = "{ operation: CreateShare, retry: { duplicates: 0 } }";

#[test]
fn a_repetition_after_a_lost_answer_that_makes_a_second_thing_is_a_duplicate() {
    let again = Call { made: Some("demo_20261121_160002.zip"), ..MADE };
    let words = "exchange 1 was committed and its answer lost (status 504); its repetition, exchange 2, made a second file, \
                 demo_20261121_160002.zip beside demo.zip (F1, F2)";
    let found = finding(NO_DUPLICATES, &[LOST, again]);
    assert_eq!(found, (false, format!("expected no duplicate, found 1 duplicate: {words}"), vec![1, 2]));
    let noticed = verdict("", &[LOST, again]).sessions.remove(0).noticed;
    let notice = &noticed[0];
    assert_eq!((notice.kind, &notice.exchanges.listed), (NoticeKind::Duplicate, &vec![1, 2]));
    let advice = "Look for the file before you create it again, or use autoRename 4 with sha256";
    assert_eq!(notice.text, format!("CreateShare: {words}. {advice}"));
    assert!(finding("{ operation: CreateShare, retry: { duplicates: 1 } }", &[LOST, again]).0);
    assert!(finding("{ operation: BatchCancel, retry: { duplicates: 0 } }", &[LOST, again]).0);
}

#[test]
fn how_an_answer_was_lost_is_said() {
    let reset = Call { fault: Some(Fault::Reset.played(http::Version::HTTP_11)), ..MADE };
    let left = Call { left: Some(200), delay: 2000, ..MADE };
    for (lost, how) in
        [(reset, "(reset)"), (left, "(the client did not wait for it)"), (Call { status: 429, ..MADE }, "(status 429)")]
    {
        let found = finding(NO_DUPLICATES, &[lost, Call { received: 3000, time: 3000, ..MADE }]).1;
        assert!(found.contains(how) && found.contains("a second file, demo.zip again (F1, F2)"), "{found}");
    }
    let resent = finding(NO_DUPLICATES, &[reset, Call { resends: Some(1), ..MADE }]).1;
    assert!(resent.contains("(reset); its repetition, exchange 2,"), "{resent}");
}

#[test]
fn calls_between_do_not_hide_a_duplicate_and_an_answer_that_settles_the_call_ends_the_run() {
    let failed = Call { status: 503, ..SHARE };
    let count = |calls: &[Call<'_>]| {
        let all = verdict("", calls).sessions.remove(0).noticed;
        all.iter().filter(|notice| notice.kind == NoticeKind::Duplicate).count()
    };
    assert_eq!(count(&[LOST, Call { body: "other", ..CANCEL }, failed, MADE]), 1);
    assert_eq!(count(&[LOST, LOST, MADE]), 2);
    // Nothing was lost, or nothing was made twice.
    assert_eq!(count(&[MADE, MADE]), 0);
    assert_eq!(count(&[failed, MADE]), 0);
    assert_eq!(count(&[LOST, SHARE, MADE]), 0);
    assert_eq!(count(&[LOST, Call { body: "other", ..MADE }]), 0);
}

#[test]
fn many_duplicates_are_counted() {
    let bodies: Vec<String> = (0..25).map(|number| number.to_string()).collect();
    let calls: Vec<Call<'_>> = bodies.iter().flat_map(|body| [Call { body, ..LOST }, Call { body, ..MADE }]).collect();
    let noticed = verdict("", &calls).sessions.remove(0).noticed;
    assert_eq!((noticed.len(), noticed[20].exchanges.count), (21, 5));
    assert_eq!(noticed[20].text, "5 more calls were repeated and made a thing again");
    let found = finding(NO_DUPLICATES, &calls);
    assert!(!found.0 && found.1.contains("25 duplicates, the first: exchange 1 "), "{}", found.1);
}

#[test]
fn without_a_world_nobody_can_say_that_nothing_was_made_twice() {
    let contract = contract();
    let text = format!("scenario: s\nrules: []\nexpect: [{NO_DUPLICATES}]\n");
    let scenarios = [Arc::new(compile(&Source::new("a.yaml", text), None, &contract).unwrap().value)];
    let verdict = judged_in(&|_| None, &Journal::new(1 << 20), &scenarios, &contract, None);
    let finding = &verdict.sessions[0].findings[0];
    assert_eq!((finding.met, &*finding.found), (false, "no world in which something could be made twice"));
}

#[test]
fn what_a_client_called_its_file_cannot_paint_the_terminal() {
    let again = Call { made: Some("a\u{1b}[31m.zip"), ..MADE };
    let text = to_text(&verdict(NO_DUPLICATES, &[LOST, again]), Style::Plain);
    assert!(!text.contains('\u{1b}') && text.contains("a\\u{1b}[31m.zip beside demo.zip"), "{text}");
}
