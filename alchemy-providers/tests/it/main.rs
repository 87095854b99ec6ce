//! Tests of the catalog's expansion and, against a real endpoint, of the providers' laws.
