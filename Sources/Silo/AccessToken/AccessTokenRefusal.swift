/// Why an access token was refused.
public typealias AccessTokenRefusal = JWTRefusal
