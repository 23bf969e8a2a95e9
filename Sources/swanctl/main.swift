import ControlClient
import Glibc

let output = StandardOutput()
let status = Swanctl(output: output).run(Array(CommandLine.arguments.dropFirst()))
output.flush()
exit(status)
