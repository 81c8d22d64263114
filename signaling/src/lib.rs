//! placeholder
pub mod advertise;
pub mod connections;
pub mod logs;
pub mod media;
pub mod origin;
pub mod refusal;
pub mod sdpfrag;
