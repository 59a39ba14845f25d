#![no_main]
understudy_fuzz::fuzz!("target");
