//! Why a file cannot be written: a code for programs and a sentence for people.

use std::fmt;

/// Numbers are part of the C interface (src/query/render/parquet_abi.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    Type = 1,
    Value = 2,
    Stopped = 3,
    Writer = 4,
    Panic = 5,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
    /// What the crates below say, unless it was our sink that ended it.
    pub fn from_writer(error: impl fmt::Display, stopped: bool) -> Self {
        if stopped {
            return Self::new(Code::Stopped, "nobody takes the bytes");
        }
        Self::new(Code::Writer, error.to_string())
    }
}

impl sluice_c_abi::Failure for Failure {
    fn code(&self) -> i32 {
        self.code as i32
    }
    fn message(&self) -> &str {
        &self.message
    }
    fn of_panic(text: &str) -> Self {
        Self::new(Code::Panic, format!("the writer gave up: {text}"))
    }
}
