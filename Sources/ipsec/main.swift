import ControlClient
import Glibc

let output = StandardOutput()
let status = Ipsec(output: output, service: SystemService()).run(Array(CommandLine.arguments.dropFirst()))
output.flush()
exit(status)
