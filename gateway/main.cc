#include "gateway/cli/command_line.h"

int main(int argc, char** argv) { return muniment::gateway::RunCommandLine(argc, argv); }
