import COpenSSL
import CryptoInterface

/// What libcrypto says about its last failure, with its error queue emptied.
func backendError(_ operation: String) -> CryptoError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return .backend(operation) }
    return .backend("\(operation): \(String(cString: reason))")
}
