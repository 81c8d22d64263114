//! How HTTP says no: a status and `{"error","details"}`.
//!
//! Owns the mapping of the protocol's faults to statuses. Never tells more than the fault does.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use hearth_protocol::{ErrorCode, Fault};
use serde::Serialize;

/// A refused HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    details: String,
    retry_after_s: Option<u32>,
}

impl Refusal {
    /// With a stable code for programs and a text for people.
    pub fn new(status: StatusCode, error: &'static str, details: impl Into<String>) -> Self {
        Self { status, error, details: details.into(), retry_after_s: None }
    }

    /// Says when trying again makes sense: seconds from now, at least 1.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let status = match fault.code {
            ErrorCode::BadMessage => StatusCode::BAD_REQUEST,
            ErrorCode::UnknownType => StatusCode::BAD_REQUEST,
            ErrorCode::HelloExpected => StatusCode::BAD_REQUEST,
            ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorCode::NameInvalid => StatusCode::BAD_REQUEST,
            ErrorCode::NameTaken => StatusCode::CONFLICT,
            ErrorCode::RoomInvalid => StatusCode::BAD_REQUEST,
            ErrorCode::RoomExists => StatusCode::CONFLICT,
            ErrorCode::RoomNotFound => StatusCode::NOT_FOUND,
            ErrorCode::RoomFull => StatusCode::CONFLICT,
            ErrorCode::Banned => StatusCode::FORBIDDEN,
            ErrorCode::WrongPassword => StatusCode::FORBIDDEN,
            ErrorCode::TooManyRooms => StatusCode::CONFLICT,
            ErrorCode::NotInRoom => StatusCode::CONFLICT,
            ErrorCode::NotInVoice => StatusCode::CONFLICT,
            ErrorCode::ParticipantNotFound => StatusCode::NOT_FOUND,
            ErrorCode::OfferInvalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::MessageInvalid => StatusCode::BAD_REQUEST,
            ErrorCode::MessageConflict => StatusCode::CONFLICT,
            ErrorCode::MessageNotFound => StatusCode::NOT_FOUND,
            ErrorCode::TooManyReactions => StatusCode::CONFLICT,
            ErrorCode::PersonNotFound => StatusCode::NOT_FOUND,
            ErrorCode::PersonOffline => StatusCode::CONFLICT,
            ErrorCode::PersonBusy => StatusCode::CONFLICT,
            ErrorCode::PersonElsewhere => StatusCode::CONFLICT,
            ErrorCode::InCall => StatusCode::CONFLICT,
            ErrorCode::CallNotFound => StatusCode::NOT_FOUND,
            ErrorCode::BlobInvalid => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::BlobNotFound => StatusCode::NOT_FOUND,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let retry_after_s = fault.retry_after_ms.map(|ms| ms.div_ceil(1000).max(1));
        Self { status, error: fault.code.as_str(), details: fault.message, retry_after_s }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            details: String,
        }
        metrics::counter!("hearth_http_refusals_total", "error" => self.error).increment(1);
        let body = Body { error: self.error, details: self.details };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"hearth\"");
            response.headers_mut().insert(axum::http::header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_says_when_to_come_back() {
        let fault = Fault {
            code: ErrorCode::RateLimited,
            message: "too many".into(),
            retry_after_ms: Some(1_001),
        };
        let response = Refusal::from(fault).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }
}
