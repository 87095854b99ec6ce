//! What a program may do wrong: each refusal with its place.

mod files;
mod limits;
mod outputs;
mod outside;
mod stack;
