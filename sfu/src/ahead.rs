//! Asks the processor to fetch what is needed next, while it works on something else.
//!
//! Between two packets of a call everything else has used the caches, and a listener's keys alone
//! fill nine of their lines: waiting for them takes longer than encrypting.

#![allow(unsafe_code, reason = "the one instruction that it takes has no safe form")]

/// Bytes of a cache line.
const LINE: usize = 64;

/// Fetches `value` into the caches. Changes nothing else, and does nothing where there is no
/// stable way to ask.
#[inline]
pub(crate) fn fetch<T: ?Sized>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

        let start = std::ptr::from_ref(value).cast::<i8>();
        for at in (0..size_of_val(value)).step_by(LINE) {
            // SAFETY: the address is within `value`, and a prefetch reads nothing by it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (value, LINE);
}
