#![no_main]
understudy_fuzz::fuzz!("har");
