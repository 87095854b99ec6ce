//! Strongly connected components, without recursion (Tarjan's algorithm): linear time, any depth.

struct Search<'a> {
    edges: &'a [Vec<usize>],
    /// Order of discovery, from 1; 0 = not seen.
    index: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    group: Vec<usize>,
    seen: usize,
    groups: usize,
}

/// For each node the number of its component. `edges[node]` lists the nodes it points to.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    let n = edges.len();
    let mut search = Search {
        edges,
        index: vec![0; n],
        low: vec![0; n],
        on_stack: vec![false; n],
        stack: Vec::new(),
        group: vec![0; n],
        seen: 0,
        groups: 0,
    };
    for root in 0..n {
        if search.index[root] == 0 {
            search.run(root);
        }
    }
    search.group
}

impl Search<'_> {
    fn run(&mut self, root: usize) {
        self.enter(root);
        let mut work = vec![(root, 0)];
        while let Some((node, next)) = work.pop() {
            if let Some(&to) = self.edges[node].get(next) {
                work.push((node, next + 1));
                if self.index[to] == 0 {
                    self.enter(to);
                    work.push((to, 0));
                } else if self.on_stack[to] {
                    self.low[node] = self.low[node].min(self.index[to]);
                }
                continue;
            }
            if let Some(&(parent, _)) = work.last() {
                self.low[parent] = self.low[parent].min(self.low[node]);
            }
            if self.low[node] == self.index[node] {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.seen += 1;
        self.index[node] = self.seen;
        self.low[node] = self.seen;
        self.on_stack[node] = true;
        self.stack.push(node);
    }

    fn close(&mut self, root: usize) {
        while let Some(node) = self.stack.pop() {
            self.on_stack[node] = false;
            self.group[node] = self.groups;
            if node == root {
                break;
            }
        }
        self.groups += 1;
    }
}
