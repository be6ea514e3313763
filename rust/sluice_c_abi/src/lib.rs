//! What the C interfaces of the other crates have in common: an error that the caller holds, and calls that never
//! unwind into C++. Each interface has names and codes of its own; the layout is this one.

use std::panic::{catch_unwind, AssertUnwindSafe};

const MESSAGE_BYTES: usize = 512;

/// `int32_t code` and `char message[512]`, UTF-8 ended by NUL: every `Sluice…Error` of the headers.
#[repr(C)]
pub struct CError {
    code: i32,
    message: [u8; MESSAGE_BYTES],
}

/// Why a call failed, as a crate's own type has it.
pub trait Failure {
    /// As the interface numbers it; never 0.
    fn code(&self) -> i32;
    fn message(&self) -> &str;
    /// What a panic is to the caller; `text` is what it said.
    fn of_panic(text: &str) -> Self;
}

impl CError {
    /// Keeps what fits of the message, and gives the code.
    pub fn tell(&mut self, failure: &impl Failure) -> i32 {
        let message = failure.message();
        let mut end = message.len().min(MESSAGE_BYTES - 1);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        self.message[..end].copy_from_slice(&message.as_bytes()[..end]);
        self.message[end] = 0;
        self.code = failure.code();
        self.code
    }

    /// 0, or the code of what went wrong. What `what` was changing when it panicked is in no known state.
    pub fn guarded<F: Failure>(&mut self, what: impl FnOnce() -> Result<(), F>) -> i32 {
        let outcome = catch_unwind(AssertUnwindSafe(what)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(F::of_panic(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("for an unknown reason")))
        });
        outcome.map_or_else(|failure| self.tell(&failure), |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{align_of, offset_of, size_of};

    struct Said(i32, String);

    impl Failure for Said {
        fn code(&self) -> i32 {
            self.0
        }
        fn message(&self) -> &str {
            &self.1
        }
        fn of_panic(text: &str) -> Self {
            Self(9, format!("gave up: {text}"))
        }
    }

    fn told(what: impl FnOnce() -> Result<(), Said>) -> (i32, String) {
        let mut error = CError { code: 0, message: [b'x'; MESSAGE_BYTES] };
        let code = error.guarded(what);
        let end = error.message.iter().position(|byte| *byte == 0).unwrap_or(0);
        assert_eq!(code, error.code);
        (code, String::from_utf8(error.message[..end].to_vec()).unwrap())
    }

    #[test]
    fn the_layout_is_that_of_the_headers() {
        assert_eq!((size_of::<CError>(), align_of::<CError>(), offset_of!(CError, message)), (516, 4, 4));
    }

    #[test]
    fn a_failure_is_told() {
        assert_eq!(told(|| Ok(())), (0, String::new()));
        assert_eq!(told(|| Err(Said(3, "no".into()))), (3, "no".to_string()));
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let (_, message) = told(|| Err(Said(1, "é".repeat(400))));
        assert_eq!(message, "é".repeat(255));
    }

    #[test]
    fn a_panic_is_a_failure() {
        assert_eq!(told(|| panic!("at {}", 7)), (9, "gave up: at 7".to_string()));
        assert_eq!(told(|| panic!("plain")), (9, "gave up: plain".to_string()));
        assert_eq!(told(|| std::panic::panic_any(1)), (9, "gave up: for an unknown reason".to_string()));
    }
}
