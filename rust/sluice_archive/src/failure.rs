//! Why something packed cannot be read: a code for programs and a sentence for people.

use std::io;

/// Numbers are part of the C interface (src/ingest/bytes/archive_abi.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    Io = 1,
    Damaged = 2,
    Password = 3,
    Unsupported = 4,
    Stopped = 5,
    TooMany = 6,
    Window = 7,
}

#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
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
        Self::new(Code::Damaged, format!("the reader gave up: {text}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if let Some(failure) = crate::pieces::said_by_xz(&error) {
            return failure;
        }
        // Of the operating system, or of the bytes that were read: a place that no file has is theirs as well.
        let of_the_system = error.raw_os_error().is_some() && error.kind() != io::ErrorKind::InvalidInput;
        let code = match error.kind() {
            _ if of_the_system => Code::Io,
            io::ErrorKind::Unsupported => Code::Unsupported,
            _ => Code::Damaged,
        };
        Self::new(code, error.to_string())
    }
}

impl From<zip::result::ZipError> for Failure {
    fn from(error: zip::result::ZipError) -> Self {
        use zip::result::ZipError;
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Self::new(Code::Password, "it has a password"),
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
                Self::new(Code::Unsupported, error.to_string())
            }
            error => Self::new(Code::Damaged, error.to_string()),
        }
    }
}
