//! `understudy health`: whether stand-ins are there.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Failure,
    args::{Access, Health},
    ask::Place,
    progress::Progress,
    screen::Screen,
};

/// Time between two questions.
const PACE: Duration = Duration::from_millis(50);

pub(super) fn run(arguments: &Health, screen: &Screen) -> Result<(), Failure> {
    let deadline = arguments.wait.and_then(|wait| Instant::now().checked_add(wait));
    for place in &arguments.places {
        let waiting = Progress::of("waiting", screen);
        let line = loop {
            match healthy(place, &arguments.access) {
                Ok(line) => break line,
                Err(_) if arguments.wait.is_some() && deadline.is_none_or(|end| Instant::now() < end) => {
                    thread::sleep(PACE);
                }
                Err(message) => return Err(Failure::Unhealthy(message)),
            }
        };
        drop(waiting);
        screen.print(&line)?;
    }
    Ok(())
}

/// A line for a stand-in that is there.
fn healthy(place: &Place, access: &Access) -> Result<String, String> {
    let health = place.get_well("health", access)?;
    if health["status"] != "ok" {
        return Err(format!("`{}` is not well", place.url));
    }
    let calls = &health["exchanges"];
    Ok(format!("{}: ok, {calls} {}\n", place.url, if calls == 1 { "call" } else { "calls" }))
}
