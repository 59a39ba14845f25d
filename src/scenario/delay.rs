//! How long an answer is held back.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;

use crate::chance::fraction;

/// However unlikely a longer one is.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The standard normal distribution's 99th percentile.
const Z99: f64 = 2.326_347_874_040_841;

/// A delay, or where it is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Every duration from the first to the second is as likely.
    Uniform(Duration, Duration),
    /// As networks are: most near the median, a few far above it.
    Lognormal {
        /// Half of the delays are shorter.
        median: Duration,
        /// One in a hundred is longer.
        p99: Duration,
    },
    /// As waiting for something that comes at any time with the same likelihood.
    Exponential {
        /// Their mean.
        mean: Duration,
    },
}

impl Delay {
    /// The delay of one call. `random` is only asked for where chance has a say.
    pub fn sample(&self, random: impl FnOnce() -> ChaCha8Rng) -> Duration {
        let seconds = match self {
            Self::Fixed(delay) => return *delay,
            Self::Uniform(from, to) => {
                let (from, to) = (from.as_secs_f64(), to.as_secs_f64());
                from + (to - from) * fraction(&mut random())
            }
            Self::Lognormal { median, p99 } => {
                let (median, p99) = (median.as_secs_f64(), p99.as_secs_f64());
                let sigma = (p99 / median).ln() / Z99;
                median * (sigma * normal(&mut random())).exp()
            }
            Self::Exponential { mean } => -mean.as_secs_f64() * (1.0 - fraction(&mut random())).ln(),
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
    }
}

/// A number of the standard normal distribution, after Box and Muller.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (a, b) = (1.0 - fraction(random), fraction(random));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// Ten thousand delays, shortest first.
    fn sorted(delay: &Delay) -> Vec<Duration> {
        let mut delays: Vec<_> = (0..10_000).map(|seed| delay.sample(|| ChaCha8Rng::seed_from_u64(seed))).collect();
        delays.sort();
        delays
    }

    fn about(found: Duration, wanted: Duration) {
        let ratio = found.as_secs_f64() / wanted.as_secs_f64();
        assert!((0.9..1.1).contains(&ratio), "{found:?} instead of {wanted:?}");
    }

    #[test]
    fn a_fixed_delay_asks_nobody() {
        assert_eq!(Delay::Fixed(MS(250)).sample(|| unreachable!()), MS(250));
    }

    #[test]
    fn a_uniform_delay_stays_between_its_ends() {
        let delays = sorted(&Delay::Uniform(MS(100), MS(1000)));
        assert!(delays[0] >= MS(100) && delays[9999] <= MS(1000));
        about(delays[5000], MS(550));
    }

    #[test]
    fn a_lognormal_delay_has_its_median_and_its_tail() {
        let delays = sorted(&Delay::Lognormal { median: MS(200), p99: MS(2000) });
        about(delays[5000], MS(200));
        about(delays[9900], MS(2000));
    }

    #[test]
    fn an_exponential_delay_has_its_mean() {
        let delays = sorted(&Delay::Exponential { mean: MS(300) });
        about(delays.iter().sum::<Duration>() / 10_000, MS(300));
        about(delays[5000], Duration::from_secs_f64(0.3 * std::f64::consts::LN_2));
    }
}
