//! Refusals of deploy that need neither a program's evaluation nor a cloud.
