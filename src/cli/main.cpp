#include "cli/run.h"

int main(int argc, char** argv) { return qamera::cli::run(argc, argv); }
