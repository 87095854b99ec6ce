//! Create, update, delete, nothing.

use super::world::World;

#[test]
fn a_first_deploy_creates_in_order_and_a_second_does_nothing() {
    let mut world = World::new();
    let program = "
        Function Api role=$Role.arn env.URL=$Jobs.id
        Queue Jobs delay=5
        Role Role
        out url=$Jobs.name version=$Api.version";
    println!("{}", world.deploy(program));
    println!("{}", world.deploy(program));
    println!("{}", world.deploy("Queue Jobs delay=7"));
    println!("{}", world.destroy());
}
