//! Why a workbook cannot be read: a code for programs and a sentence for people.

use std::fmt;
use std::sync::{Arc, Mutex};

/// Numbers are part of the C interface (src/ingest/excel/excel_abi.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    Io = 1,
    NotAWorkbook = 2,
    Damaged = 3,
    Password = 4,
    Limit = 5,
    NoSuchSheet = 6,
    NotAWorksheet = 7,
    Stopped = 8,
    Panic = 9,
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
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(Code::Damaged, message)
    }
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(Code::Limit, message)
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
        Self::new(Code::Panic, format!("the reader gave up: {text}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Self::new(Code::Io, error.to_string()),
        }
    }
}

impl From<Failure> for std::io::Error {
    fn from(failure: Failure) -> Self {
        std::io::Error::other(failure)
    }
}

/// The first failure below calamine, which wraps what its reader says in errors of its own.
#[derive(Clone, Default)]
pub struct Cause(Arc<Mutex<Option<Failure>>>);

impl Cause {
    pub fn set(&self, failure: &Failure) {
        self.0.lock().expect("no panic holds it").get_or_insert_with(|| failure.clone());
    }
    fn get(&self) -> Option<Failure> {
        self.0.lock().expect("no panic holds it").clone()
    }
    /// What calamine said, or what really happened below it.
    pub fn or(&self, error: impl Into<calamine::Error>) -> Failure {
        self.get().unwrap_or_else(|| from_calamine(error.into()))
    }
}

fn from_calamine(error: calamine::Error) -> Failure {
    use calamine::{Error, OdsError, XlsError, XlsbError, XlsxError};
    let code = match &error {
        Error::Xlsx(XlsxError::Password)
        | Error::Xls(XlsError::Password)
        | Error::Xlsb(XlsbError::Password)
        | Error::Ods(OdsError::Password) => Code::Password,
        Error::Ods(OdsError::CellLimitExceeded { .. }) => Code::Limit,
        Error::Xlsx(XlsxError::NotAWorksheet(_)) => Code::NotAWorksheet,
        Error::Io(_) => Code::Io,
        _ => Code::Damaged,
    };
    if code == Code::Password {
        return Failure::new(code, "the workbook is protected by a password");
    }
    Failure::new(code, error.to_string())
}
