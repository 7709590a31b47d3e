interface RampUp {
  readonly numClients: number;
  readonly rampUpSecs: number;
}

/** When a client of a closed loop begins, in ms from the start: one after another, at even distances. */
export function clientBeginsMs(client: number, { numClients, rampUpSecs }: RampUp): number {
  return (1000 * rampUpSecs * client) / numClients;
}

/** When the last client begins. */
export function allClientsBegunMs(rampUp: RampUp): number {
  return clientBeginsMs(rampUp.numClients - 1, rampUp);
}
