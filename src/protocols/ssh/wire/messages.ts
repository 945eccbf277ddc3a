/** Message numbers (RFC 4250 section 4.1.2, RFC 8308, draft-miller-sshm-ping). */
export const message = Object.freeze({
  disconnect: 1,
  ignore: 2,
  unimplemented: 3,
  debug: 4,
  serviceRequest: 5,
  serviceAccept: 6,
  extensionInfo: 7,
  keyExchangeInit: 20,
  newKeys: 21,
  keyExchangeRequest: 30,
  keyExchangeReply: 31,
  authenticationRequest: 50,
  authenticationFailure: 51,
  authenticationSuccess: 52,
  authenticationBanner: 53,
  /** PK_OK, PASSWD_CHANGEREQ or INFO_REQUEST, by the method under way. */
  authenticationMethodReply: 60,
  authenticationInfoResponse: 61,
  globalRequest: 80,
  requestSuccess: 81,
  requestFailure: 82,
  channelOpen: 90,
  channelOpenConfirmation: 91,
  channelOpenFailure: 92,
  channelWindowAdjust: 93,
  channelData: 94,
  channelExtendedData: 95,
  channelEof: 96,
  channelClose: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,
  ping: 192,
  pong: 193,
});

/** Reasons of a DISCONNECT (RFC 4250 section 4.2.2). */
export const disconnectReason = Object.freeze({
  hostNotAllowed: 1,
  protocolError: 2,
  keyExchangeFailed: 3,
  macError: 5,
  serviceNotAvailable: 7,
  protocolVersionNotSupported: 8,
  hostKeyNotVerifiable: 9,
  connectionLost: 10,
  byApplication: 11,
  tooManyConnections: 12,
  noMoreAuthenticationMethods: 14,
});

/** Reasons of a CHANNEL_OPEN_FAILURE (RFC 4254 section 5.1). */
export const openFailure = Object.freeze({
  administrativelyProhibited: 1,
  connectFailed: 2,
  unknownChannelType: 3,
  resourceShortage: 4,
});
