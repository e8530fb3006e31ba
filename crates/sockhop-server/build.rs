//! The page is part of the program: a file that appears in its folder makes a new one.

fn main() {
    {
        println!("cargo::rerun-if-changed=page");
    }
}
