//! How long evaluating `$BENCH_PROJECT/alchemy.run.ts` takes in this process: prints the median as `evaluate: N ms`.
//! With `$BENCH_CACHE`, that folder is the cache and the first evaluation, which fills it, is not counted; with `$BENCH_COLD`
//! besides, it is emptied before each, so that each reads everything and makes the cache.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figure")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and its settings")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use alchemy_core::{Catalog, Descriptor, NameUse, Prop, PropType, SecretHasher, Stage, name_rules};
use alchemy_program::{EvaluateRequest, evaluate};

fn catalog() -> Catalog {
    let named = |prop, rule| NameUse::Named { prop, rule, rule_if: None };
    let mut queue =
        Descriptor::new("AWS.SQS.Queue", "A queue.", named("queueName", name_rules::SQS_QUEUE));
    queue.props = vec![Prop::new("redrivePolicy", "Where to.", PropType::Document)];
    let bucket =
        Descriptor::new("AWS.S3.Bucket", "A bucket.", named("bucketName", name_rules::S3_BUCKET));
    Catalog::new([queue, bucket])
}

fn main() {
    // `cargo test` runs benches, too, to see that they start.
    let Some(root) = std::env::var_os("BENCH_PROJECT").map(PathBuf::from) else { return };
    let cache = std::env::var_os("BENCH_CACHE").map(PathBuf::from);
    let request = EvaluateRequest {
        program: root.join("alchemy.run.ts"),
        root,
        stage: Stage::parse("bench").expect("legal"),
        environment: BTreeMap::new(),
        hasher: SecretHasher::new([0; 32]),
        cache_key: [0; 32],
        now_ms: 0,
        overlay: BTreeMap::new(),
        catalog: catalog(),
        cache: cache.clone(),
    };
    let cold = std::env::var_os("BENCH_COLD").is_some();
    if cache.is_some() {
        evaluate(&request);
    }
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            if let Some(folder) = cache.as_ref().filter(|_| cold) {
                std::fs::remove_dir_all(folder).expect("the one before has made it");
            }
            let begun = Instant::now();
            let evaluation = evaluate(&request);
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            let found = evaluation.graph.as_ref().map_or(0, |graph| graph.resources.len());
            assert_eq!(found, 10, "{:?}", evaluation.diagnostics);
            took
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("evaluate: {:.1} ms", times[times.len() / 2]);
}
