//! The page is part of the program: a file that appears in its folder makes a new one.

fn main() {
    #[expect(clippy::print_stdout, reason = "this is how cargo is told")]
    {
        println!("cargo::rerun-if-changed=page");
    }
}
