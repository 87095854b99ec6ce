//! One table of stage × physical names.

use std::collections::BTreeMap;

/// A row a resource, a column a stage; an object without a name of its own shows `-`.
pub(super) fn by_stage(stages: &[&str], recorded: &[Vec<(String, String)>]) -> String {
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (column, objects) in recorded.iter().enumerate() {
        for (resource, name) in objects {
            rows.entry(resource).or_insert_with(|| vec![""; stages.len()])[column] = name;
        }
    }
    let mut lines =
        vec![std::iter::once("resource").chain(stages.iter().copied()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|(resource, names)| {
        std::iter::once(*resource).chain(names.iter().copied()).collect()
    }));
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=stages.len()).map(width).collect();
    let text = |line: &Vec<&str>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_of_one_stage_leaves_the_others_empty() {
        let object = |resource: &str, name: &str| (resource.to_owned(), name.to_owned());
        let recorded = [
            vec![object("Jobs", "a-jobs")],
            vec![object("Jobs", "b-jobs"), object("Only", "b-only")],
        ];
        assert_eq!(
            by_stage(&["a", "b"], &recorded),
            "resource  a       b\nJobs      a-jobs  b-jobs\nOnly              b-only\n"
        );
    }
}
