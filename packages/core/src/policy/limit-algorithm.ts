/** How a limit counts; what each promises stands in decision 10. */
export type LimitAlgorithm = 'fixed-window' | 'sliding-window' | 'token-bucket';
